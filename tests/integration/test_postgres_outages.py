"""PostgreSQL killed, restarted, stopped and starved: what is told in time, and what nobody notices."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.embedded import start_postgres
from adapters.postgres.database import Database
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.migrate import upgrade
from adapters.postgres.queries import PostgresQueries
from adapters.postgres.store import PostgresStore
from adapters.postgres.terms import Limits
from adapters.unit_of_work.store import Changes, Want
from core.domain.errors import Unavailable
from core.domain.job import Lane, Ticket
from core.domain.order import Order
from ports.queries import Page
from tests.factories import ACCOUNT, an_order
from tests.integration.postgres_databases import connect, migrated

LIMITS = Limits(connect_s=0.5, lend_s=0.1, batch_s=0.3, read_s=0.3, lent=2)
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gateway'"


class Gateway:
    """The three adapters over one database, as a process has them."""

    def __init__(self, url: str, limits: Limits = LIMITS) -> None:
        self.database = Database(url, limits)
        self.store = PostgresStore(self.database)
        self.jobs = PostgresJobs(self.database)
        self.queries = PostgresQueries(self.database)

    async def use_all(self) -> Order:
        """Raises Unavailable if anything is not as it should be."""
        await self.store.write([Changes(inserts=[order := replace(an_order(), version=1)])])
        assert await self.store.read([Want(Order, "id", (order.id,))]) == [[order]]
        await self.jobs.relay(lease_s=1, limit=1, lanes=[])
        await asyncio.gather(*(self.queries.orders(ACCOUNT, Page()) for _ in range(LIMITS.lent)))
        return order


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[Gateway]:
    gateway = Gateway(url)
    await gateway.use_all()
    yield gateway
    await gateway.database.close()


def kill(url: str, which: str = "") -> int:
    """End our connections as an administrator would; how many there were."""
    with connect(url) as admin:
        return len(admin.execute(f"SELECT pg_terminate_backend(pid, 5000) {OURS} {which}").fetchall())


async def test_connections_that_were_killed_meanwhile_are_not_missed(url: str, gateway: Gateway) -> None:
    assert kill(url) == 3 + LIMITS.lent
    await gateway.use_all()


async def test_a_write_whose_connection_is_killed_before_the_commit_is_not_written(
    url: str, gateway: Gateway
) -> None:
    order = await gateway.use_all()
    with connect(url) as other, other.transaction():
        other.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", (order.id,))
        changes = Changes(inserts=[new := an_order()], updates=[replace(order, version=2)])
        writing = asyncio.create_task(gateway.store.write([changes]))
        while not await asyncio.to_thread(kill, url, "AND wait_event_type = 'Lock'"):
            assert not writing.done(), "it waits for the lock"
        with pytest.raises(Unavailable) as refused:
            await writing
    assert refused.value.reason == "database_unavailable"
    assert await gateway.store.read([Want(Order, "id", (new.id, order.id))]) == [[order]]
    await gateway.store.write([changes])


async def test_a_cancelled_write_leaves_no_lock_behind(url: str, gateway: Gateway) -> None:
    order = await gateway.use_all()
    with connect(url) as other, other.transaction():
        other.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", (order.id,))
        writing = asyncio.create_task(gateway.store.write([Changes(updates=[replace(order, version=2)])]))
        await asyncio.sleep(0.05)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    await gateway.store.write([Changes(updates=[replace(order, version=2)])])


async def test_more_readers_than_connections_wait_a_moment_and_are_told(url: str, gateway: Gateway) -> None:
    async with gateway.database.lend(), gateway.database.lend():
        with pytest.raises(Unavailable):
            await gateway.queries.ping()
    await gateway.queries.ping()


async def test_a_database_that_was_closed_is_in_nobodys_way(url: str) -> None:
    """The sockets of its connections have numbers that the next ones get."""
    for _ in range(3):
        reached = Database(url)
        await PostgresQueries(reached).ping()
        await reached.close()


async def test_a_restart_is_not_noticed_and_an_outage_is_told_at_once(servers_dir: Path) -> None:
    home = servers_dir / "restarted"
    server = start_postgres(home, settings={"fsync": "off"})
    upgrade(server.url)
    gateway = Gateway(server.url, Limits())
    await gateway.use_all()
    server.stop()
    server = start_postgres(home, settings={"fsync": "off"})
    await gateway.use_all()
    server.kill()
    ticket = Ticket("job_1", 1, Lane.MONEY)
    for refused in (
        lambda: gateway.store.write([Changes(inserts=[an_order()])]),
        lambda: gateway.store.read([Want(Order, "id", ("x",))]),
        lambda: gateway.jobs.claim([ticket], lease_s=1),
        lambda: gateway.queries.job_counts(),
    ):
        before = time.monotonic()
        with pytest.raises(Unavailable):
            await refused()
        assert time.monotonic() - before < 0.5
    server = start_postgres(home, settings={"fsync": "off"})
    await gateway.use_all()
    await gateway.database.close()
    server.stop()
