"""How PostgreSQL goes about every statement of the hot paths and lists: by an index, however much there is."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adapters.postgres import (
    job_statements,
    kept,
    page_statements,
    query_statements,
    replay_statements,
    retention_statements,
)
from adapters.postgres.line import Statement
from adapters.postgres.literals import one, texts
from adapters.postgres.page_statements import Direction
from adapters.postgres.partitions import DELIVERIES, EVENTS, PARTITIONED
from adapters.postgres.statements import (
    BIND_KEYS,
    guard_of,
    insert_of,
    insert_one_of,
    read,
    update_of,
    update_one_of,
)
from adapters.unit_of_work.store import AGGREGATES, PARENT
from benchmarks.verify_fill import Filling, fill
from core.domain.event import Event
from core.domain.ids import EVENT, OPERATION, PAYMENT, REFUND, first_id, last_id, new_uuid
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery
from tests.integration.postgres_databases import connect, migrated

PAYMENTS = 30_000
LARGE = ("orders", "payments", "operations", "events", "deliveries", "attempts", "idempotency_keys")
NOW = datetime.now(UTC)
Plan = dict[str, Any]
Rows = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    """Three months of payments, a third of them with deliveries."""
    with migrated(postgres_url) as url:
        with connect(url) as admin:
            admin.execute("CREATE SCHEMA simulator CREATE TABLE lines (key text, reference text, kind text,"
                          " amount bigint, currency text, takes boolean, outcome jsonb, at timestamptz)")  # fmt: skip
        fill(url, Filling(PAYMENTS))
        yield url


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    with connect(url) as connection:
        connection.execute("SET jit = off")
        yield connection


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def reads_all(node: Plan, empty: set[str]) -> bool:
    """Of a large table, or of a partition of one."""
    name = node.get("Relation Name", "")
    if not name.startswith(LARGE) or "Bitmap" in node["Node Type"] or name in empty:
        return False
    if node["Node Type"] == "ModifyTable" or node.get("Index Name") == "uq_payments_open":
        return False  # that one has only what is open, which the planner knows to be little
    return "Index Cond" not in node


def bad(rows: Rows, plan: Plan) -> list[str]:
    found = rows.execute(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) = 0"
    )
    empty = {name for (name,) in found}
    shown = ("Node Type", "Relation Name", "Index Name", "Filter")
    return [
        " ".join(str(node.get(key, "")) for key in shown) for node in nodes(plan) if reads_all(node, empty)
    ]


def generic(rows: Rows, statement: Statement) -> Plan:
    """As it is planned on a kept line, for any parameters."""
    rows.execute(kept._BY_INDEX.sql)
    found = rows.pgconn.exec_(b"EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + statement.sql)
    assert not found.error_message, found.error_message
    plan: Plan = json.loads(found.get_value(0, 0) or b"")[0]["Plan"]
    return plan


def explained(rows: Rows, statement: Statement, parameters: Sequence[bytes | None], how: str = "") -> Plan:
    """As it is planned for these parameters, by the planner as it is."""
    explain = f"EXPLAIN (FORMAT JSON{how}) ".encode() + statement.sql
    found = rows.pgconn.exec_params(explain, parameters)
    assert not found.error_message, found.error_message
    plan: Plan = json.loads(found.get_value(0, 0) or b"")[0]["Plan"]
    return plan


_JOBS = ("DONE", "PUT_OFF", "LOCK", "PUT", "CLAIM", "FAIL", "RELEASE", "REPLAY")
KEPT = [
    *(read(kind, "id") for kind in AGGREGATES),
    *(read(kind, column) for kind, column in PARENT.items() if kind is not Order),
    *(of(kind) for of in (update_of, update_one_of, insert_of, insert_one_of) for kind in AGGREGATES),
    *(guard_of(kind, share=share) for kind in AGGREGATES for share in (True, False)),
    BIND_KEYS,
    *(getattr(job_statements, name) for name in _JOBS),
]


@pytest.mark.parametrize("statement", KEPT, ids=lambda statement: statement.name.decode())
def test_groups_and_reads_go_by_an_index(rows: Rows, statement: Statement) -> None:
    assert bad(rows, generic(rows, statement)) == []


OWNER = [
    one("mer_9"),
    one("test"),
]  # small: of who owns a third of all rows it might as well look at all, newest first
THEN = one(NOW - timedelta(days=30))
FILTERS: dict[str, bytes | None] = {
    "status": one("authorized"), "order_id": one("order_0"), "method": one("upi"),
    "created_from": one(NOW - timedelta(days=31)), "created_to": THEN,
    "first_id": one(first_id(PAYMENT, NOW - timedelta(days=31))),
    "end_id": one(last_id(PAYMENT, NOW - timedelta(days=30))),
}  # fmt: skip


def _lists() -> Iterator[Any]:
    for kind, filters in [(Order, ()), (Event, ()), (Payment, ()), *((Payment, (name,)) for name in list(FILTERS)[:5]),
                          (Payment, ("status", "created_from", "created_to"))]:  # fmt: skip
        ids = [name for name, of in (("first_id", "created_from"), ("end_id", "created_to")) if of in filters]
        for direction in Direction:
            cursor = [] if direction is Direction.NEWEST else [one("x")]
            given = [*OWNER, *(FILTERS[name] for name in (*filters, *ids)), *cursor, one(26)]
            name = f"{kind.__name__} {' '.join(filters)} {direction}"
            yield pytest.param(page_statements.page(kind, (*filters, *ids), direction), given, id=name)
    for kind, statement in query_statements.OF_PAYMENT.items():
        yield pytest.param(statement, [one("pay_x")], id=f"{kind.__name__} of a payment")
    yield pytest.param(query_statements.DELIVERIES, [*OWNER, one(25), one(100)], id="deliveries")
    yield pytest.param(query_statements.DELIVERY_COUNT, OWNER, id="count of deliveries")
    first = [one(first_id(OPERATION, NOW)), one(first_id(REFUND, NOW)), one(new_uuid(NOW, bytes(10)))]
    yield pytest.param(query_statements.COMPLETED, first, id="completed")
    for scope in ReplayScope:
        given = [
            *OWNER,
            one("we_1"),
            THEN,
            one(NOW),
            one(first_id(EVENT, NOW - timedelta(days=30))),
            one("evt_z"),
        ]
        names = [] if scope is ReplayScope.FAILED else [texts([])]
        yield pytest.param(
            replay_statements.replayable(scope), [*given, *names, one(50)], id=f"replay {scope}"
        )
    for parts in PARTITIONED:
        yield pytest.param(
            retention_statements.choose(parts), [one("a"), one(1000)], id=f"choose {parts.name}"
        )
        chosen = texts([parts.first(NOW)] * 1000)
        yield pytest.param(retention_statements.forget_rest(parts), [chosen, THEN], id=f"forget {parts.name}")
        if parts.name != "attempts":
            bounds = [one(parts.first(NOW - timedelta(days=60))), one(parts.first(NOW - timedelta(days=30)))]
            yield pytest.param(
                retention_statements.refers_into(parts), bounds, id=f"refers into {parts.name}"
            )
    yield pytest.param(retention_statements.KEYS, [THEN, one(1000)], id="forget keys")


@pytest.mark.parametrize(("statement", "given"), [*_lists()])
def test_lists_and_counts_go_by_an_index(rows: Rows, statement: Statement, given: list[bytes | None]) -> None:
    assert bad(rows, explained(rows, statement, given)) == []


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("kind", [Order, Payment, Event])
def test_a_page_from_anywhere_reads_only_what_it_shows(rows: Rows, kind: type, direction: Direction) -> None:
    """Also for somebody who owns a third of everything, and may have stopped long ago: the list is found by its owner,
    and not by going through everybody's rows until there are enough."""
    table = insert_of(kind).name.decode().removeprefix("insert_")
    [(middle,)] = rows.execute(
        f"SELECT id FROM {table} WHERE merchant_id = 'mer_1' ORDER BY id OFFSET 2000 LIMIT 1"
    ).fetchall()  # type: ignore[arg-type]  # our own name
    cursor = [] if direction is Direction.NEWEST else [one(middle)]
    given = [one("mer_1"), one("test"), *cursor, one(26)]
    plan = explained(rows, page_statements.page(kind, (), direction), given, ", ANALYZE, BUFFERS")
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 150
    assert bad(rows, plan) == []


@pytest.mark.parametrize(("kind", "parts"), [(Event, EVENTS), (Delivery, DELIVERIES)])
def test_reading_by_ids_leaves_the_other_partitions_alone(rows: Rows, kind: type, parts: Any) -> None:
    """With a plan made for any ids: which partitions it is about is found out each time."""
    [(newest,)] = rows.execute(f"SELECT max(id) FROM {parts.name}").fetchall()  # type: ignore[arg-type]  # our own name
    rows.execute(kept._BY_INDEX.sql)
    plan = explained(rows, read(kind, "id"), [texts([newest])], ", ANALYZE")
    read_from = {node["Relation Name"] for node in nodes(plan) if "Relation Name" in node}
    assert len(read_from) == 1, read_from


@pytest.mark.parametrize("kind", [Event, Delivery, Attempt])
def test_changing_by_ids_leaves_the_other_partitions_alone(rows: Rows, kind: type) -> None:
    """Every partition is in the plan, the one that the id lies in is read."""
    table = insert_of(kind).name.decode().removeprefix("insert_")
    [(newest,)] = rows.execute(f"SELECT max(id) FROM {table}").fetchall()  # type: ignore[arg-type]  # our own name
    rows.execute(kept._BY_INDEX.sql)
    statement = guard_of(kind)
    rows.execute(f"PREPARE asked AS {statement.sql.decode()}")  # type: ignore[arg-type]  # not a literal
    [(plans,)] = rows.execute(
        f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked('{{{newest}}}', '{{1}}')"
    ).fetchall()  # type: ignore[arg-type]  # not a literal
    scans = [node for node in nodes(plans[0]["Plan"]) if node.get("Relation Name", "").startswith(table)]
    assert len(scans) > 1
    assert sum(node["Actual Loops"] > 0 for node in scans) == 1
