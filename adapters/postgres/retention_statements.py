"""The statements by which rows are forgotten. `$1` and `$2` are first ids of moments, see `partitions`."""

import sqlalchemy as sa

from adapters.postgres.line import Statement
from adapters.postgres.partitions import ALONE, ATTEMPTS, DELIVERIES, EVENTS, Partitioned, list_partitions
from adapters.postgres.sql import statement
from adapters.postgres.tables import idempotency_keys
from core.domain.job import JobKind
from core.domain.webhook import DeliveryStatus

# A lock that is not free at once is asked for again later: whoever comes meanwhile would have to wait behind us.
BEGIN = Statement(b"", b"BEGIN ISOLATION LEVEL READ COMMITTED")
PATIENCE = Statement(
    b"", b"SELECT set_config('lock_timeout', '200ms', true), set_config('statement_timeout', '10min', true)"
)
ONE_AT_A_TIME = Statement(b"", ALONE.encode())
_OWED = f"FROM jobs WHERE kind = '{JobKind.DELIVER_EVENT}' AND"
_PENDING = f"status = '{DeliveryStatus.PENDING}'"

# What may refer into a table's ids from $1 on, below $2; each by its index.
_REFERRING: dict[str, tuple[str, ...]] = {
    ATTEMPTS.name: (),
    DELIVERIES.name: (
        "SELECT FROM attempts WHERE delivery_id >= $1 AND delivery_id < $2",
        f"SELECT {_OWED} target_id >= $1 AND target_id < $2",
    ),
    EVENTS.name: ("SELECT FROM deliveries WHERE event_id >= $1 AND event_id < $2",),
}
# The same of one row of the rest, `old`; by subqueries that cannot become a join with a whole table.
_REFERRED: dict[str, tuple[str, ...]] = {
    ATTEMPTS.name: (),
    DELIVERIES.name: (
        f"NOT old.{_PENDING}",
        "(SELECT true FROM attempts WHERE delivery_id = old.id LIMIT 1) IS NULL",
        f"(SELECT true {_OWED} target_id = old.id LIMIT 1) IS NULL",
    ),
    EVENTS.name: ("(SELECT true FROM deliveries WHERE event_id = old.id LIMIT 1) IS NULL",),
}


def _sql(text: str) -> Statement:
    return Statement(b"", text.encode())


def listed(parts: Partitioned) -> Statement:
    """Returns (name, bounds)."""
    return _sql(list_partitions(parts.name))


def refers_into(parts: Partitioned) -> Statement:
    """Returns whether something does."""
    exists = (f"EXISTS ({each})" for each in _REFERRING[parts.name])
    return _sql(f"SELECT {' OR '.join(exists)}")


def pending_in(partition: str) -> Statement:
    """Returns whether a delivery is. It reads them all: an index of what is pending would cost every delivery."""
    return _sql(f"SELECT EXISTS (SELECT FROM {partition} WHERE {_PENDING})")  # noqa: S608 - our own name


def lock(parts: Partitioned) -> Statement:
    return _sql(f"LOCK TABLE {parts.name} IN ACCESS EXCLUSIVE MODE")


def drop(parts: Partitioned, partition: str) -> list[Statement]:
    return [
        _sql(f"ALTER TABLE {parts.name} DETACH PARTITION {partition}"),
        _sql(f"DROP TABLE {partition}"),
    ]


def note(parts: Partitioned) -> Statement:
    """$1: the time."""
    return _sql(
        f"INSERT INTO forgotten (id, before) VALUES ('{parts.name}', $1::timestamptz)"  # noqa: S608 - our own name
        " ON CONFLICT (id) DO UPDATE SET before = greatest(forgotten.before, excluded.before)"
    )


def choose(parts: Partitioned) -> Statement:
    """Returns ids of the rest. $1: below which id, $2: the limit. What is in use waits."""
    free = " AND ".join(("old.id < $1", *_REFERRED[parts.name]))
    return _sql(
        f"SELECT id FROM {parts.rest} AS old WHERE {free} LIMIT $2::int FOR UPDATE SKIP LOCKED"  # noqa: S608 - our own names
    )


def forget_rest(parts: Partitioned) -> Statement:
    """$1: the ids, $2: the time below which they are. Looks again, as of now: a row that was guarded when they were
    chosen, and so referred to since, was not changed by that."""
    free = " AND ".join(("old.id = ANY($1::text[])", *_REFERRED[parts.name]))
    return _sql(
        f"WITH gone AS (DELETE FROM {parts.rest} AS old WHERE {free} RETURNING id)"  # noqa: S608 - our own names
        f" INSERT INTO forgotten (id, before) SELECT '{parts.name}', $2::timestamptz WHERE EXISTS (SELECT FROM gone)"
        " ON CONFLICT (id) DO UPDATE SET before = greatest(forgotten.before, excluded.before)"
    )


def _old_keys() -> Statement:
    """Returns how many. $1: before when they were bound, $2: the limit. Rows in use are left to the next time."""
    created_at, limit = idempotency_keys.c.created_at, sa.bindparam("limit", type_=sa.Integer)
    old = sa.select(idempotency_keys.c.id).where(created_at < sa.bindparam("before", type_=created_at.type))
    chosen = old.limit(limit).with_for_update(skip_locked=True).cte("old")
    gone = sa.delete(idempotency_keys).where(idempotency_keys.c.id == chosen.c.id)
    counted = gone.returning(idempotency_keys.c.id).cte("gone")
    return statement("", sa.select(sa.func.count()).select_from(counted), "before", "limit")


KEYS = _old_keys()
