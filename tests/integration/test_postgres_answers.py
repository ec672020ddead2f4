"""Connections that break or freeze at the worst moment: what is told is true, and nothing is written twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from adapters.memory.chance import SeededChance
from adapters.postgres.database import Database
from adapters.postgres.store import PostgresStore
from adapters.postgres.terms import Limits
from adapters.unit_of_work.store import AnswerLost, Changes, Fate, Want
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.errors import Unavailable
from core.domain.order import Order
from tests.contracts.unit_of_work import Announced
from tests.factories import NOW, an_order
from tests.integration.postgres_databases import connect, migrated
from tests.integration.proxy import Fault, Proxy, proxied

SHORT = Limits(batch_s=0.2, commit_s=0.2, read_s=0.2, silence_s=0.3, fate_s=1.0)
# The name under which each statement goes over the wire.
BEGIN, COMMIT, READ = b"begin\0", b"commit\0", b"read_orders_by_id\0"
BROKEN = pytest.mark.parametrize("fault", list(Fault))


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def broken(url: str) -> AsyncIterator[tuple[Proxy, PostgresStore]]:
    """A store behind a proxy, its connections open."""
    async with proxied(url) as (proxy, through):
        database = Database(through, SHORT)
        store = PostgresStore(database)
        await store.write([Changes(inserts=[an_order()])])
        await store.read([Want(Order, "id", ("none",))])
        yield proxy, store
        await database.close()


def is_written(url: str, order: Order) -> bool:
    with connect(url) as admin:
        return admin.execute("SELECT 1 FROM orders WHERE id = %s", (order.id,)).fetchone() is not None


@BROKEN
async def test_a_lost_commit_is_looked_up_and_its_fate_is_true(
    url: str, broken: tuple[Proxy, PostgresStore], fault: Fault
) -> None:
    proxy, store = broken
    proxy.break_at(COMMIT, fault)
    with pytest.raises(AnswerLost) as lost:
        await store.write([Changes(inserts=[order := an_order()])])
    arrived = fault in (Fault.CUT_AFTER, Fault.FREEZE_AFTER)
    # Frozen before it arrived, the transaction stays open until the server gives up on us.
    assert await store.fate(lost.value.ticket) is (Fate.COMMITTED if arrived else Fate.ABORTED)
    assert is_written(url, order) is arrived
    await store.write([Changes(inserts=[later := an_order()])])
    assert is_written(url, later), "the broken connection is not used again"


@BROKEN
async def test_what_breaks_before_the_commit_is_not_written(
    url: str, broken: tuple[Proxy, PostgresStore], fault: Fault
) -> None:
    proxy, store = broken
    proxy.break_at(BEGIN, fault)
    with pytest.raises(Unavailable) as refused:
        await store.write([Changes(inserts=[order := an_order()])])
    assert (refused.value.reason, proxy.faults) == ("database_unavailable", 1)
    assert not is_written(url, order)
    await store.write([Changes(inserts=[order])])
    assert is_written(url, order)


@BROKEN
async def test_a_read_is_repeated_when_its_connection_breaks_and_given_up_in_time_when_it_freezes(
    broken: tuple[Proxy, PostgresStore], fault: Fault
) -> None:
    proxy, store = broken
    await store.write([Changes(inserts=[order := an_order()])])
    proxy.break_at(READ, fault)
    want = Want(Order, "id", (order.id,))
    if fault in (Fault.FREEZE_BEFORE, Fault.FREEZE_AFTER):
        with pytest.raises(Unavailable):
            await store.read([want])
    [[found]] = await store.read([want])
    assert (found.id, proxy.faults) == (order.id, 1)


@BROKEN
async def test_a_block_whose_commit_was_lost_is_written_once(
    url: str, broken: tuple[Proxy, PostgresStore], fault: Fault
) -> None:
    proxy, store = broken
    uow = OptimisticUnitOfWork(store, Announced(), lambda: NOW, SeededChance())
    async with uow.begin() as tx:
        tx.orders.add(order := an_order())
    proxy.break_at(COMMIT, fault)
    async with uow.begin() as tx:
        (await tx.orders.get(order.id)).attempts += 1
    async with uow.begin() as tx:
        kept = await tx.orders.get(order.id)
    assert (kept.attempts, kept.version, proxy.faults) == (1, 2, 1)


async def test_a_number_that_no_transaction_has_is_of_unknown_fate(
    broken: tuple[Proxy, PostgresStore],
) -> None:
    _, store = broken
    assert await store.fate("999999999") is Fate.UNKNOWN


async def test_the_fate_of_what_still_runs_is_unknown_in_time(
    url: str, broken: tuple[Proxy, PostgresStore]
) -> None:
    _, store = broken
    with connect(url) as admin, admin.transaction():
        [ticket] = admin.execute("SELECT pg_current_xact_id()::text").fetchone() or ()
        async with asyncio.timeout(SHORT.fate_s + 0.5):
            assert await store.fate(ticket) is Fate.UNKNOWN
