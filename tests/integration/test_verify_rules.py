"""Every rule, broken once by hand: it is named with the row, and no other rule is."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from adapters.postgres.database import Database
from adapters.postgres.store import PostgresStore
from adapters.postgres.verification.verification import PostgresVerification
from adapters.simulator.postgres_book import PostgresBook
from adapters.unit_of_work.store import Want
from core.domain import invariants
from core.domain.event import Event
from core.domain.merchant import Mode
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.webhook import Delivery
from core.use_cases.verdict import Verdict
from core.use_cases.verify import Verify
from ports.verification import Rule
from tests.integration.postgres_databases import connect, database, migrated
from tests.integration.verify_breaks import ALSO, BREAKS, UNBIND
from tests.integration.verify_workload import a_shop, trade

# Those that `core.domain.invariants` states as well, for the simulation.
STATED_TWICE = (
    Rule.ONE_OPEN, Rule.ONE_SUCCESS, Rule.ORDER_STATUS, Rule.ORDER_PAID, Rule.ORDER_ATTEMPTS, Rule.AMOUNTS,
    Rule.CAPTURED, Rule.REFUNDED, Rule.EVENTS_NUMBERED, Rule.EVENTS_NAMED, Rule.DELIVERIES, Rule.BOOK_NET,
    Rule.BOOK_CHARGES,
)  # fmt: skip


@pytest.fixture(scope="module")
def template(postgres_url: str) -> Iterator[str]:
    """A database full of payments, without the rules that it would enforce itself."""

    async def prepare(url: str) -> None:
        async with a_shop(url) as shop:
            await trade(shop)

    with migrated(postgres_url) as url:
        asyncio.run(prepare(url))
        with connect(url) as admin:
            admin.execute(UNBIND)
        yield str(make_url(url).database)


@pytest.fixture
def url(postgres_url: str, template: str) -> Iterator[str]:
    with database(postgres_url, template=template) as url:
        yield url


async def verdict_on(url: str) -> Verdict:
    verification, book = PostgresVerification(url), object()
    try:
        return await Verify(verification, {Mode.TEST: book}.get, book)()
    finally:
        await verification.close()


async def test_without_the_rules_of_the_database_it_is_still_as_it_must_be(url: str):
    assert (await verdict_on(url)).differences == []


@pytest.mark.parametrize("rule", Rule)
async def test_what_breaks_a_rule_is_named(rule: Rule, url: str):
    with connect(url) as admin:
        [[broken]] = admin.execute(BREAKS[rule]).fetchall()
    verdict = await verdict_on(url)
    assert {found.rule for found in verdict.differences} - ALSO.get(rule, set()) == {rule}
    assert {found.ids[0] for found in verdict.differences} == {broken}
    assert all(found.how for found in verdict.differences)


async def stated_in_python(url: str) -> set[tuple[int, str]]:
    """The same rows, and what the invariants as Python states them say of them."""
    database, book = Database(url), PostgresBook(url)
    store = PostgresStore(database)
    with connect(url) as admin:
        ids = tuple(id for (id,) in admin.execute("SELECT id FROM orders").fetchall())
    [orders, payments] = await store.read([Want(Order, "id", ids), Want(Payment, "order_id", ids)])
    ids = tuple(payment.id for payment in payments)
    [operations, events] = await store.read(
        [Want(Operation, "payment_id", ids), Want(Event, "payment_id", ids)]
    )
    [deliveries] = await store.read([Want(Delivery, "event_id", tuple(event.id for event in events))])
    lines = [line async for line in book.lines()]
    await database.close()
    await book.close()
    found: list[invariants.Difference] = []
    for order in orders:
        found += invariants.of_order(order, [payment for payment in payments if payment.order_id == order.id])
    for payment in payments:
        done = [operation for operation in operations if operation.payment_id == payment.id]
        told = [event for event in events if event.payment_id == payment.id]
        keys = {operation.id for operation in done}
        found += invariants.of_amounts(payment, done)
        found += invariants.of_events(payment, done, told)
        found += invariants.of_book(payment, done, [line for line in lines if line.key in keys])
    for event in events:
        found += invariants.of_deliveries(event, [each for each in deliveries if each.event_id == event.id])
    return {(difference.invariant, difference.id) for difference in found}


async def test_both_statements_of_the_invariants_find_nothing_where_nothing_is(url: str):
    assert await stated_in_python(url) == set()


@pytest.mark.parametrize("rule", STATED_TWICE)
async def test_both_statements_of_the_invariants_agree(rule: Rule, url: str):
    with connect(url) as admin:
        [[broken]] = admin.execute(BREAKS[rule]).fetchall()
    assert (rule.invariant, broken) in await stated_in_python(url)
