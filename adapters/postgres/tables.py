"""The tables, with every rule of money that a row or an index can hold.

Their columns are the fields of the aggregates (`rows.flatten`). The migrations must make the very same; a test
compares both.
"""

from datetime import datetime

import sqlalchemy as sa

from adapters.postgres.partitions import ATTEMPTS, DELIVERIES, EVENTS
from adapters.postgres.rows import Flat, flatten
from adapters.postgres.schema import Xid8, append_only, check, child_of, metadata, quoted, table
from adapters.unit_of_work.store import AGGREGATES
from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.event import Event
from core.domain.idempotency import KeyRecord
from core.domain.job import JobKind, Lane
from core.domain.merchant import ApiKey, Merchant, Scope
from core.domain.money import MAX_MINOR
from core.domain.operation import Operation
from core.domain.order import MAX_ATTEMPTS, Order, OrderStatus
from core.domain.payment import OPEN_STATUSES, Payment, Status
from core.domain.replay import MAX_PER_SECOND, Replay
from core.domain.webhook import Attempt, Delivery

# The newest migration, which makes these tables.
REVISION = "0004"

# Nothing refers to merchants and endpoints by a foreign key: every insert would take a lock on the one row that
# all inserts of a merchant share. Neither is ever deleted. Events would pay as much for one to their payment.
merchants = table("merchants", flatten(Merchant), sa.UniqueConstraint("email"))
api_keys = table(
    "api_keys", flatten(ApiKey), sa.Index(None, "merchant_id"), defaults={"scope": Scope.FULL.value}
)
endpoints = table("endpoints", flatten(Endpoint), sa.Index(None, "merchant_id", "mode", "id"))
endpoint_health = table("endpoint_health", flatten(EndpointHealth), fill=80)
replays = table(
    "replays", flatten(Replay), sa.Index(None, "endpoint_id"),
    check("per_second", f"per_second BETWEEN 1 AND {MAX_PER_SECOND}"),
)  # fmt: skip

orders = table(
    "orders", flatten(Order),
    check("amounts", f"0 <= amount_paid AND amount_paid <= amount AND amount BETWEEN 1 AND {MAX_MINOR}"),
    check("paid", f"(status = '{OrderStatus.PAID}') = (amount_paid > 0)"),
    check("attempts", f"attempts BETWEEN 0 AND {MAX_ATTEMPTS}"),
    sa.Index(None, "merchant_id", "mode", "id"),
    fill=80,
)  # fmt: skip

payments = table(
    "payments", flatten(Payment),
    check("amounts", "0 <= amount_refunded AND 0 <= refund_reserved"
           " AND amount_refunded + refund_reserved <= amount_captured"
           f" AND amount_captured <= amount AND amount BETWEEN 1 AND {MAX_MINOR}"),
    check("sequence", "sequence >= 0"),
    child_of("orders", "order_id"),
    sa.Index(None, "order_id"),
    sa.Index(None, "merchant_id", "mode", "id"),
    sa.Index(None, "merchant_id", "mode", "status", "id"),
    fill=80,
)  # fmt: skip
# The rule against paying twice, whatever races.
sa.Index("uq_payments_open", payments.c.order_id, unique=True,
      postgresql_where=sa.text(f"status IN ({quoted(OPEN_STATUSES)})"))  # fmt: skip
sa.Index("uq_payments_success", payments.c.order_id, unique=True,
      postgresql_where=sa.text(f"status = '{Status.SUCCESS}'"))  # fmt: skip

operations = table(
    "operations", flatten(Operation),
    check("amount", f"amount BETWEEN 0 AND {MAX_MINOR}"),
    child_of("payments", "payment_id"),
    sa.Index(None, "payment_id"),
    fill=60,
)  # fmt: skip

# Nor refers anything to events and deliveries: what is old goes a whole partition at a time, and only when nothing
# refers into it any more (`retention`). Blocks see to it that what they refer to is there; `gateway verify` looks.
events = table(
    "events", flatten(Event),
    # Who reads by (xid, id), below the oldest transaction still open, reads in the order of commits.
    sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Index(None, "merchant_id", "mode", "xid", "id"),
    parts=EVENTS,
)  # fmt: skip

deliveries = table(
    "deliveries", flatten(Delivery),
    check("attempts", "attempts >= 0"),
    sa.Index(None, "merchant_id", "mode", "created_at", "id"),
    parts=DELIVERIES,
)  # fmt: skip

attempts = table("attempts", flatten(Attempt), sa.Index(None, "delivery_id"), parts=ATTEMPTS)

# Of which table what was made before when may be gone.
forgotten = table("forgotten", (Flat("id", "id", str), Flat("before", "before", datetime)))

audit_entries = table(
    "audit_entries", flatten(AuditEntry),
    # As of events: it says in which order they were committed, which is that of the seals.
    sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
    sa.Index(None, "target_id"),
    sa.Index(None, "xid", "id"),
)  # fmt: skip
audit_seals = sa.Table(
    "audit_seals", metadata,
    sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("entry_id", sa.Text(collation="C"), nullable=False),
    sa.Column("hash", sa.Text(), nullable=False),
    sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.UniqueConstraint("entry_id"),
    child_of("audit_entries", "entry_id"),
)  # fmt: skip
append_only(
    audit_entries,
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$",
)
append_only(audit_seals)

KEY_USE_COLUMNS = (Flat("id", "id", str), Flat("last_used_at", "last_used_at", datetime))
key_uses = table("key_uses", KEY_USE_COLUMNS, fill=80)

idempotency_keys = table(
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
jobs = table(
    "jobs", JOB_COLUMNS,
    sa.UniqueConstraint("kind", "target_id"),
    sa.Index("ix_jobs_due", "due_at", postgresql_where=sa.text("parked_at IS NULL")),
    fill=50,
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
