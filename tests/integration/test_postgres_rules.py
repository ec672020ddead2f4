"""Every rule that the tables hold, broken once: PostgreSQL refuses whatever our code might do."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint

from adapters.postgres.audit_chain import PostgresAuditChain
from adapters.postgres.database import Database
from adapters.postgres.key_uses import PostgresKeyUses
from adapters.postgres.partitions import PARTITIONED
from adapters.postgres.store import PostgresStore
from adapters.postgres.tables import metadata
from adapters.unit_of_work.store import Changes, NewJob
from core.domain.audit import AuditEntry, Seal
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.idempotency import KeyRecord
from core.domain.job import JobKind
from core.domain.merchant import ApiKey
from core.domain.replay import Replay, ReplayScope
from core.domain.webhook import Attempt, Delivery
from tests.factories import ACCOUNT, NOW, a_merchant, a_payment, an_event, an_operation, an_order, fresh_id
from tests.integration.postgres_databases import connect, migrated

ENUMS = {
    constraint.name: (table.name, str(constraint.sqltext).partition(" IN ")[0])
    for table in metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, CheckConstraint) and " IN (" in str(constraint.sqltext)
}
CAPTURED = "status = 'success', amount_captured = 50000"
# What would break it: the constraint, its table and the change of the one row there.
CHECKS = [
    ("ck_orders_amounts", "orders", "amount = 0"),
    ("ck_orders_amounts", "orders", "amount = 100000000000"),
    ("ck_orders_amounts", "orders", "amount_paid = 50001, status = 'paid'"),
    ("ck_orders_amounts", "orders", "amount_paid = -1"),
    ("ck_orders_paid", "orders", "status = 'paid'"),
    ("ck_orders_paid", "orders", "amount_paid = 1, status = 'attempted'"),
    ("ck_orders_attempts", "orders", "attempts = 11"),
    ("ck_orders_attempts", "orders", "attempts = -1"),
    ("ck_payments_amounts", "payments", "amount = 0"),
    ("ck_payments_amounts", "payments", "amount_captured = 50001"),
    ("ck_payments_amounts", "payments", f"{CAPTURED}, amount_refunded = 50001"),
    ("ck_payments_amounts", "payments", f"{CAPTURED}, refund_reserved = 50001"),
    ("ck_payments_amounts", "payments", f"{CAPTURED}, amount_refunded = 25001, refund_reserved = 25000"),
    ("ck_payments_amounts", "payments", f"{CAPTURED}, amount_refunded = -1"),
    ("ck_payments_amounts", "payments", f"{CAPTURED}, refund_reserved = -1"),
    ("ck_payments_amounts", "payments", "amount_captured = -1, amount_refunded = -1"),
    ("ck_payments_sequence", "payments", "sequence = -1"),
    ("ck_operations_amount", "operations", "amount = -1"),
    ("ck_operations_amount", "operations", "amount = 100000000000"),
    ("ck_deliveries_attempts", "deliveries", "attempts = -1"),
    ("ck_replays_per_second", "replays", "per_second = 0"),
    ("ck_replays_per_second", "replays", "per_second = 1001"),
]
# A second row like the one there, but for this.
COPIES: list[tuple[str, str, dict[str, Any]]] = [
    ("uq_merchants_email", "merchants", {}),
    ("uq_payments_open", "payments", {}),
    ("uq_payments_open", "payments", {"status": "requires_action"}),
    ("uq_payments_open", "payments", {"status": "authorized"}),
    ("uq_events_default", "events", {}),
    ("uq_deliveries_default", "deliveries", {}),
    ("uq_jobs_kind_target_id", "jobs", {}),
    ("uq_audit_seals_entry_id", "audit_seals", {"number": 2}),
    ("fk_audit_seals_entry_id", "audit_seals", {"number": 2, "entry_id": "aud_none"}),
    ("fk_payments_order_id", "payments", {"order_id": "order_none", "status": "failed"}),
    ("fk_operations_payment_id", "operations", {"payment_id": "pay_none"}),
    *((name, table, {column: "nonsense"}) for name, (table, column) in sorted(ENUMS.items(), key=str)),
]


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    """A database with one row in each table."""
    with migrated(postgres_url) as url:
        asyncio.run(fill(url))
        yield url


@pytest.fixture
def rows(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        yield connection
        connection.rollback()


async def fill(url: str) -> None:
    database = Database(url)
    payment = a_payment(order := an_order())
    event = an_event(payment)
    key = ApiKey(fresh_id("key"), ACCOUNT, "hash", NOW)
    endpoint = Endpoint(fresh_id("we"), ACCOUNT, "https://shop.example", (), None, "sealed", NOW)
    replay = Replay(fresh_id("rpl"), ACCOUNT, endpoint.id, ReplayScope.ALL, NOW, NOW, 50, NOW)
    delivery = Delivery(fresh_id("del"), ACCOUNT, event.id, endpoint.id, event.name, NOW)
    attempt = Attempt(fresh_id("att"), delivery.id, 1, NOW, 5, 200, "", None)
    audit = AuditEntry(fresh_id("aud"), ACCOUNT, "key", "made", endpoint.id, created_at=NOW)
    inserts = [
        a_merchant(), key, endpoint, EndpointHealth(endpoint.id), replay, order, payment, an_operation(payment),
        event, delivery, attempt, audit,
    ]  # fmt: skip
    bind = KeyRecord("scope:key", "scope", "f", 201, "{}", payment.id, NOW)
    put = NewJob(fresh_id("job"), JobKind.EXPIRE_ORDER, order.id, 0)
    await PostgresStore(database).write([Changes(inserts=inserts, binds=[bind], puts=[put])])
    await PostgresAuditChain(database).append([Seal(1, audit.id, "hash")])
    await PostgresKeyUses(database).record({key.id: NOW})
    await database.close()
    with connect(url) as admin:
        admin.execute("INSERT INTO forgotten VALUES ('events', now())")


@pytest.mark.parametrize(("name", "table", "change"), CHECKS)
def test_a_check_refuses(rows: psycopg.Connection[Any], name: str, table: str, change: str) -> None:
    with pytest.raises(errors.CheckViolation) as refused:
        rows.execute(sql.SQL(f"UPDATE {table} SET {change}"))  # type: ignore[arg-type]  # not a literal
    assert refused.value.diag.constraint_name == name


@pytest.mark.parametrize(("name", "table", "different"), COPIES)
def test_a_second_row_is_refused(
    rows: psycopg.Connection[Any], name: str, table: str, different: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.IntegrityError) as refused:
        copy(rows, table, different)
    assert refused.value.diag.constraint_name == name


def test_an_order_is_paid_once(rows: psycopg.Connection[Any]) -> None:
    rows.execute(f"UPDATE payments SET {CAPTURED}")
    with pytest.raises(errors.UniqueViolation, match="uq_payments_success"):
        copy(rows, "payments", {})


def test_an_ended_payment_and_a_replay_make_room(rows: psycopg.Connection[Any]) -> None:
    for status in ("failed", "voided"):
        copy(rows, "payments", {"id": f"pay_{status}", "status": status})
    copy(rows, "deliveries", {"replayed": True})


@pytest.mark.parametrize("change", ["UPDATE audit_entries SET action = 'other'", "DELETE FROM audit_entries"])
def test_the_audit_is_append_only(rows: psycopg.Connection[Any], change: str) -> None:
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        rows.execute(change)


def test_every_rule_was_tried() -> None:
    constraints = {
        constraint.name
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint | ForeignKeyConstraint)
    }
    indexes = {index.name for table in metadata.sorted_tables for index in table.indexes if index.unique}
    indexes |= {f"uq_{parts.rest}" for parts in PARTITIONED if parts.unique}
    tried = {name for name, *_ in CHECKS} | {name for name, *_ in COPIES} | {"uq_payments_success"}
    assert constraints | indexes == tried


def copy(rows: psycopg.Connection[Any], table: str, different: dict[str, Any]) -> None:
    """Insert the table's one row again, under another id."""
    other = json.dumps({"id": "other"} | different)
    statement = f"INSERT INTO {table} SELECT (jsonb_populate_record(t, %s::jsonb)).* FROM {table} t LIMIT 1"
    rows.execute(sql.SQL(statement), (other,))  # type: ignore[arg-type]  # not a literal


def test_the_rows_are_there(url: str) -> None:
    with connect(url) as admin:
        for table in metadata.tables:
            assert admin.execute(sql.SQL(f"SELECT count(*) FROM {table}")).fetchall() == [(1,)], table
