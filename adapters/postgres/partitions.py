"""How events, deliveries and attempts lie in partitions by time: by their ids, which begin with it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from core.domain.ids import ATTEMPT, EVENT, first_id, new_uuid

_FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)


def _first_uuid(at: datetime) -> str:
    return new_uuid(at, bytes(10))


@dataclass(frozen=True, slots=True)
class Partition:
    """Holds the ids from `start` on, below `end`."""

    name: str
    start: str
    end: str

    def overlaps(self, other: "Partition") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table whose partitions hold so many days each, and what each of them has besides what the table says.

    `unique` cannot stand on the table as a whole: it does not contain the id, by which it is divided. `fill` is how
    many percent of a page are filled before rows change, see `schema.table`.
    """

    name: str
    days: int
    first: Callable[[datetime], str]
    unique: str | None = None
    fill: int | None = None

    @property
    def rest(self) -> str:
        """The partition of what has no other, so that no insert can ever fail for want of one."""
        return f"{self.name}_default"

    def make_rest(self) -> list[str]:
        made = f"CREATE TABLE {self.rest} PARTITION OF {self.name} DEFAULT{self._storage}"
        return [made, *self._own_index(self.rest)]

    def missing(self, existing: Iterable[Partition], now: datetime) -> list[str]:
        """What makes the partitions of now and of the next span, where there are none. Others may lie far ahead, if
        a clock was wrong for a moment."""
        taken = [*existing]
        ahead = self.between(now, now + timedelta(days=self.days))
        return [self.make(wanted) for wanted in ahead if not any(map(wanted.overlaps, taken))]

    def between(self, since: datetime, until: datetime) -> Iterator[Partition]:
        """The spans of these two moments and of all between them."""
        days = timedelta(days=self.days)
        for number in range((since - _FIRST_DAY) // days, (until - _FIRST_DAY) // days + 1):
            start, end = (_FIRST_DAY + n * days for n in (number, number + 1))
            yield Partition(f"{self.name}_{start:%Y%m%d}", self.first(start), self.first(end))

    def make(self, partition: Partition) -> str:
        """Made apart, and attached when it is whole: whoever inserts meanwhile does not wait. A span of which rows
        lie with the rest already is left to the rest; also when they turn out to while it waits to be attached."""
        steps = [
            f"CREATE TABLE {partition.name} (LIKE {self.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
            f" INCLUDING INDEXES){self._storage}",
            *self._own_index(partition.name),
            f"ALTER TABLE {self.name} ATTACH PARTITION {partition.name}"
            f" FOR VALUES FROM ('{partition.start}') TO ('{partition.end}')",
        ]
        within = f"id >= '{partition.start}' AND id < '{partition.end}'"
        there = f"EXISTS (SELECT FROM {self.rest} WHERE {within})"
        make = f"IF NOT {there} THEN {'; '.join(steps)}; END IF"
        return f"DO $$ BEGIN {make}; EXCEPTION WHEN check_violation THEN NULL; END $$"

    @property
    def _storage(self) -> str:
        return f" WITH (fillfactor = {self.fill})" if self.fill else ""

    def _own_index(self, partition: str) -> list[str]:
        return [f"CREATE UNIQUE INDEX uq_{partition} ON {partition} ({self.unique})"] if self.unique else []


# What is forgotten sooner lies in shorter spans. Inserts do not mind how many partitions there are, updates a little.
EVENTS = Partitioned("events", 28, partial(first_id, EVENT), "payment_id, sequence")
# What was owed is owed once per endpoint; a replay adds rows that are outside of that.
DELIVERIES = Partitioned(
    "deliveries", 28, _first_uuid, "event_id, endpoint_id, (CASE WHEN replayed THEN id ELSE '' END)", fill=60
)  # fmt: skip
ATTEMPTS = Partitioned("attempts", 7, partial(first_id, ATTEMPT))
PARTITIONED = (EVENTS, DELIVERIES, ATTEMPTS)

# One process at a time makes partitions: any number that nobody else locks in this database.
ALONE = "SELECT pg_advisory_xact_lock(7265421904)"


def list_partitions(table: str) -> str:
    """Returns (name, bounds), for `partitions_of`."""
    return (
        "SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i"  # noqa: S608 - our own names
        f" JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '{table}'::regclass"
    )


def partitions_of(rows: Iterable[tuple[str, str | None]]) -> list[Partition]:
    """Without the one for the rest, and without what was dropped while it was listed; the oldest first."""
    found = (
        (name, re.fullmatch(r"FOR VALUES FROM \((.+)\) TO \('(.+)'\)", bounds or "")) for name, bounds in rows
    )
    made = [
        Partition(name, "" if match[1] == "MINVALUE" else match[1].strip("'"), match[2])
        for name, match in found
        if match
    ]
    return sorted(made, key=lambda partition: partition.end)
