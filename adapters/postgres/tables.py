"""The tables, with every rule of money that a row or an index can hold.

Their columns are the fields of the aggregates (`rows.flatten`). The migrations must make the very same; a test
compares both.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

from adapters.postgres.rows import Flat, flatten
from adapters.unit_of_work.store import AGGREGATES
from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.event import Event
from core.domain.idempotency import KeyRecord
from core.domain.job import JobKind, Lane
from core.domain.merchant import ApiKey, Merchant
from core.domain.money import MAX_MINOR
from core.domain.operation import Operation
from core.domain.order import MAX_ATTEMPTS, Order, OrderStatus
from core.domain.payment import OPEN_STATUSES, Payment, Status
from core.domain.replay import MAX_PER_SECOND, Replay
from core.domain.webhook import Attempt, Delivery

# The newest migration, which makes these tables.
REVISION = "0003"

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Xid8(UserDefinedType[str]):
    """The number of a transaction, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def sql_type(flat: Flat) -> sa.types.TypeEngine[Any]:
    if flat.type is datetime:
        return sa.DateTime(timezone=True)
    if flat.type in (int, bool):
        return sa.BigInteger() if flat.type is int else sa.Boolean()
    if flat.type in (dict, tuple):
        return JSONB()
    # Ids compare by bytes, as Python sorts them, so that rows are locked in the order in which they are sent.
    return sa.Text(collation="C" if flat.name == "id" or flat.name.endswith("_id") else None)


def _table(name: str, flats: Sequence[Flat], *rules: Any, changes: bool = False) -> sa.Table:
    """Rows that change find room on their own page, so that no index has to learn where they went."""
    columns = [
        sa.Column(flat.name, sql_type(flat), primary_key=flat.name == "id", nullable=flat.nullable)
        for flat in flats
    ]
    one_of = [
        _check(flat.name, f"{flat.name} IN ({_quoted(list(flat.type))})")
        for flat in flats
        if issubclass(flat.type, StrEnum)
    ]
    room = {"fillfactor": 80} if changes else {}
    return sa.Table(name, metadata, *columns, *one_of, *rules, postgresql_with=room)


def _quoted(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)


def _child_of(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"])


# Nothing refers to merchants and endpoints by a foreign key: every insert would take a lock on the one row that
# all inserts of a merchant share. Neither is ever deleted. Events would pay as much for one to their payment.
merchants = _table("merchants", flatten(Merchant), sa.UniqueConstraint("email"))
api_keys = _table("api_keys", flatten(ApiKey), sa.Index(None, "merchant_id"))
endpoints = _table("endpoints", flatten(Endpoint), sa.Index(None, "merchant_id", "mode", "id"))
endpoint_health = _table("endpoint_health", flatten(EndpointHealth), changes=True)
replays = _table(
    "replays", flatten(Replay), sa.Index(None, "endpoint_id"),
    _check("per_second", f"per_second BETWEEN 1 AND {MAX_PER_SECOND}"),
)  # fmt: skip

orders = _table(
    "orders", flatten(Order),
    _check("amounts", f"0 <= amount_paid AND amount_paid <= amount AND amount BETWEEN 1 AND {MAX_MINOR}"),
    _check("paid", f"(status = '{OrderStatus.PAID}') = (amount_paid > 0)"),
    _check("attempts", f"attempts BETWEEN 0 AND {MAX_ATTEMPTS}"),
    sa.Index(None, "merchant_id", "mode", "id"),
    changes=True,
)  # fmt: skip

payments = _table(
    "payments", flatten(Payment),
    _check("amounts", "0 <= amount_refunded AND 0 <= refund_reserved"
           " AND amount_refunded + refund_reserved <= amount_captured"
           f" AND amount_captured <= amount AND amount BETWEEN 1 AND {MAX_MINOR}"),
    _check("sequence", "sequence >= 0"),
    _child_of("orders", "order_id"),
    sa.Index(None, "order_id"),
    sa.Index(None, "merchant_id", "mode", "id"),
    sa.Index(None, "merchant_id", "mode", "status", "id"),
    sa.Index(None, "merchant_id", "mode", "created_at"),
    changes=True,
)  # fmt: skip
# The rule against paying twice, whatever races.
sa.Index("uq_payments_open", payments.c.order_id, unique=True,
      postgresql_where=sa.text(f"status IN ({_quoted(OPEN_STATUSES)})"))  # fmt: skip
sa.Index("uq_payments_success", payments.c.order_id, unique=True,
      postgresql_where=sa.text(f"status = '{Status.SUCCESS}'"))  # fmt: skip

operations = _table(
    "operations", flatten(Operation),
    _check("amount", f"amount BETWEEN 0 AND {MAX_MINOR}"),
    _child_of("payments", "payment_id"),
    sa.Index(None, "payment_id"),
    # A BRIN, because it leaves updates of what it covers free of index work (PostgreSQL 16).
    sa.Index(None, "settled_at", postgresql_using="brin"),
    changes=True,
)  # fmt: skip

events = _table(
    "events", flatten(Event),
    # Who reads by (xid, id), below the oldest transaction still open, reads in the order of commits.
    sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.UniqueConstraint("payment_id", "sequence"),
    sa.Index(None, "merchant_id", "mode", "xid", "id"),
)  # fmt: skip

deliveries = _table(
    "deliveries", flatten(Delivery),
    _check("attempts", "attempts >= 0"),
    _child_of("events", "event_id"),
    sa.Index(None, "event_id"),
    sa.Index("uq_deliveries_owed", "event_id", "endpoint_id", unique=True, postgresql_where=sa.text("NOT replayed")),
    sa.Index(None, "merchant_id", "mode", "created_at", "id"),
    sa.Index(None, "last_attempt_at", postgresql_using="brin"),
    changes=True,
)  # fmt: skip

attempts = _table(
    "attempts", flatten(Attempt), _child_of("deliveries", "delivery_id"), sa.Index(None, "delivery_id")
)

audit_entries = _table("audit_entries", flatten(AuditEntry), sa.Index(None, "target_id"))
for statement in (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
):
    sa.event.listen(audit_entries, "after_create", sa.DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]  # in SQLAlchemy

idempotency_keys = _table(
    "idempotency_keys", flatten(KeyRecord), sa.Index(None, "created_at", postgresql_using="brin")
)

JOB_COLUMNS = (
    Flat("id", "id", str), Flat("kind", "kind", JobKind), Flat("lane", "lane", Lane),
    Flat("target_id", "target_id", str), Flat("due_at", "due_at", datetime), Flat("lease", "lease", int),
    Flat("leased_until", "leased_until", datetime, True), Flat("claimed_at", "claimed_at", datetime, True),
    Flat("owed_again", "owed_again", bool),
    Flat("tries", "tries", int), Flat("failures", "failures", int),
    Flat("parked_at", "parked_at", datetime, True), Flat("last_error", "last_error", str, True),
    Flat("created_at", "created_at", datetime),
)  # fmt: skip
jobs = _table(
    "jobs", JOB_COLUMNS,
    sa.UniqueConstraint("kind", "target_id"),
    sa.Index("ix_jobs_due", "due_at", postgresql_where=sa.text("parked_at IS NULL")),
    changes=True,
)  # fmt: skip

TABLES: dict[type, sa.Table] = {
    Merchant: merchants, ApiKey: api_keys, Endpoint: endpoints, EndpointHealth: endpoint_health, Replay: replays,
    Order: orders, Payment: payments,
    Operation: operations, Event: events, Delivery: deliveries, Attempt: attempts, AuditEntry: audit_entries,
    KeyRecord: idempotency_keys,
}  # fmt: skip

assert {*TABLES} == {*AGGREGATES, KeyRecord}, "every aggregate has a table"
for _kind, _made in TABLES.items():
    assert {flat.name for flat in flatten(_kind)} == {*_made.c.keys()} - {"xid"}, _kind
