"""A database of any size in which everything is as it should be, written by the database itself."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import psycopg

from adapters.postgres.partitions import PARTITIONED, list_partitions, partitions_of
from benchmarks.fill_statements import STATEMENTS
from core.domain.ids import new_id

BATCH, BATCHES = 10_000, 100  # at most so large, at least so many
ATTEMPT_DAYS = 30
Told = Callable[[int, float], None]


@dataclass(frozen=True)
class Filling:
    """How much, whose (a third is the one's whose endpoint listens), and over which time."""

    payments: int
    days: float = 85
    ended_ago: timedelta = timedelta(hours=1)
    listening: tuple[str, str] = ("mer_1", "we_1")
    silent: str = "mer_2"
    hands: int = 2

    def batches(self, now: datetime) -> Iterator[dict[str, Any]]:
        """What the statements need; a batch is made at one moment."""
        span = timedelta(days=self.days) - self.ended_ago
        size = max(1, min(BATCH, self.payments // BATCHES))
        count = -(-self.payments // size)
        for number in range(count):
            at = now - self.ended_ago - span * ((count - 1 - number) / count)
            first = number * size
            yield {
                "first": first, "count": min(size, self.payments - first), "at": at,
                "stem": new_id("x", at, lambda _: "").removeprefix("x_"),
                "listening": self.listening[0], "endpoint": self.listening[1], "silent": self.silent,
                "uuid": f"{int(at.timestamp() * 1000):012x}",
                "has_attempts": at > now - timedelta(days=ATTEMPT_DAYS),
                "has_keys": at > now - timedelta(hours=25) or number == count - 1,
            }  # fmt: skip


def fill(url: str, filling: Filling, told: Told = lambda done, seconds: None) -> None:
    """So many payments, each with its order, operations, events and lines of the book; a third of them with deliveries,
    the last month's of these with attempts, and the last day's with keys."""
    now = datetime.now(UTC)
    began = monotonic()
    with _connect(url) as db:
        _make_partitions(db, now - timedelta(days=filling.days), now)
    batches = list(filling.batches(now))
    shares = [batches[hand :: filling.hands] for hand in range(filling.hands)]
    done = 0

    def write(share: Sequence[dict[str, Any]]) -> None:
        nonlocal done
        with _connect(url) as db:
            for values in share:
                with db.transaction():
                    for statement in STATEMENTS:
                        db.execute(statement, values)
                done += values["count"]
                told(done, monotonic() - began)

    with ThreadPoolExecutor(filling.hands) as hands:
        for _ in hands.map(write, shares):
            pass
        for _ in hands.map(lambda table: _settle(url, table), _tables(url)):
            pass
    with _connect(url) as db:
        for parts in PARTITIONED:
            db.execute(f"ANALYZE ONLY {parts.name}")  # type: ignore[arg-type]  # not a literal
        db.execute("CHECKPOINT")


def _connect(url: str) -> psycopg.Connection[Any]:
    db = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    db.execute("SET session_replication_role = replica")  # parents need not be looked up: they are there
    db.execute("SET synchronous_commit = off")
    db.execute("SET maintenance_work_mem = '256MB'")
    return db


def _make_partitions(db: psycopg.Connection[Any], since: datetime, until: datetime) -> None:
    """Those from before the database was made."""
    for parts in PARTITIONED:
        existing = partitions_of(db.execute(list_partitions(parts.name)).fetchall())  # type: ignore[arg-type]  # our own name
        first = min(partition.start for partition in existing)
        for partition in parts.between(since, until):
            if partition.end <= first:
                db.execute(parts.make(partition))  # type: ignore[arg-type]  # not a literal


def _tables(url: str) -> list[str]:
    """The largest first; not the empty ones, which the planner would then know to be empty."""
    with _connect(url) as db:
        rows = db.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN"
            " ('public'::regnamespace, to_regnamespace('simulator'))"
            " AND pg_relation_size(oid) > 0 ORDER BY pg_relation_size(oid) DESC"
        ).fetchall()
    return [name for (name,) in rows]


def _settle(url: str, table: str) -> None:
    """As autovacuum leaves it in time."""
    with _connect(url) as db:
        db.execute(f"VACUUM (ANALYZE) {table}")  # type: ignore[arg-type]  # not a literal
