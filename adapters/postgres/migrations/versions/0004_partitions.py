"""Events, deliveries and attempts in partitions by time; what may have been forgotten.

Nothing is copied, and no index is built: what is there becomes the first partition as it is, with its own indexes, up
to the end of the present span of 28 (attempts: 7) days. To attach it PostgreSQL reads it once (about a gigabyte a
second from memory, the disk's speed otherwise), under a lock that lets nobody else at it: stop the gateway meanwhile
when there is much, and count ten minutes for 100 GB. Rows with ids beyond that span (of a clock that ran ahead) move to
the partition of the rest.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from core.domain.ids import ATTEMPT, EVENT, first_id, new_uuid

revision = "0004"
down_revision = "0003"

_FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)

# One statement after the other, with an empty line between them.
BEFORE = """
ALTER TABLE jobs SET (fillfactor = 50)

ALTER TABLE operations SET (fillfactor = 60)

ALTER TABLE deliveries SET (fillfactor = 60)

DROP INDEX ix_payments_merchant_id_mode_created_at, ix_operations_settled_at, ix_deliveries_last_attempt_at

CREATE TABLE forgotten (
    id text COLLATE "C" NOT NULL, before timestamptz NOT NULL,
    CONSTRAINT pk_forgotten PRIMARY KEY (id)
)

ALTER TABLE attempts DROP CONSTRAINT fk_attempts_delivery_id

ALTER TABLE deliveries DROP CONSTRAINT fk_deliveries_event_id
"""
DIVIDED = """
ALTER TABLE {table} RENAME TO {table}_past

ALTER INDEX pk_{table} RENAME TO pk_{table}_past

ALTER INDEX {index} RENAME TO {index}_past

CREATE TABLE {table} (LIKE {table}_past INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)

ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY (id)

CREATE INDEX {index} ON {table} ({columns})
"""
REST = {
    "events": """
CREATE TABLE events_default PARTITION OF events DEFAULT

CREATE UNIQUE INDEX uq_events_default ON events_default (payment_id, sequence)
""",
    "deliveries": """
CREATE TABLE deliveries_default PARTITION OF deliveries DEFAULT WITH (fillfactor = 60)

CREATE UNIQUE INDEX uq_deliveries_default
    ON deliveries_default (event_id, endpoint_id, (CASE WHEN replayed THEN id ELSE '' END))
""",
    "attempts": """
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT
""",
}
PAST = """
WITH moved AS (DELETE FROM {table}_past WHERE id >= '{end}' RETURNING *) INSERT INTO {table} SELECT * FROM moved

ALTER TABLE {table} ATTACH PARTITION {table}_past FOR VALUES FROM (MINVALUE) TO ('{end}')
"""


def upgrade() -> None:
    now = datetime.now(UTC)
    month, week = (_end_of_span(now, days) for days in (28, 7))
    _run(BEFORE)
    _divide("events", "ix_events_merchant_id_mode_xid_id", "merchant_id, mode, xid, id")
    _divide(
        "deliveries",
        "ix_deliveries_merchant_id_mode_created_at_id",
        "merchant_id, mode, created_at, id",
    )
    _divide("attempts", "ix_attempts_delivery_id", "delivery_id")
    _keep_past("events", first_id(EVENT, month))
    _keep_past("deliveries", new_uuid(month, bytes(10)))
    _keep_past("attempts", first_id(ATTEMPT, week))


def _divide(table: str, index: str, columns: str) -> None:
    _run(DIVIDED.format(table=table, index=index, columns=columns))
    _run(REST[table])


def _keep_past(table: str, end: str) -> None:
    has_rows = op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table}_past)"))  # noqa: S608 - our own name
    _run(PAST.format(table=table, end=end) if has_rows else f"DROP TABLE {table}_past")


def _end_of_span(now: datetime, days: int) -> datetime:
    return _FIRST_DAY + ((now - _FIRST_DAY) // timedelta(days=days) + 1) * timedelta(days=days)


def _run(statements: str) -> None:
    for statement in statements.strip().split("\n\n"):
        op.execute(statement)
