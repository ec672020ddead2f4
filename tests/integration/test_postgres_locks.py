"""Two processes that write the same rows in opposite orders wait for each other, never in a circle."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres.database import Database
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.store import PostgresStore
from adapters.postgres.terms import Limits
from adapters.unit_of_work.store import Changes, NewJob, Rejected, Want
from core.domain.idempotency import KeyRecord
from core.domain.job import JobKind
from core.domain.order import Order
from tests.factories import NOW, a_payment, an_order, fresh_id
from tests.integration.postgres_databases import connect, migrated

ROUNDS = 60
# Longer than PostgreSQL waits before it looks for a deadlock (1 s), and than a busy disk takes for a commit.
PATIENT = Limits(lock_s=10.0, read_s=20.0, batch_s=20.0, commit_s=20.0, silence_s=20.0)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


def deadlocks(url: str) -> int:
    with connect(url) as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        [count] = admin.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone() or (0,)
        return int(count)


class Process:
    """One of those who race, with connections and a chance of its own."""

    def __init__(self, url: str, seed: int) -> None:
        self.database = Database(url, PATIENT, application_name=f"racer {seed}")
        self.store = PostgresStore(self.database)
        self.jobs = PostgresJobs(self.database)
        self.random = random.Random(seed)
        self.written = 0

    async def write(self, group: list[Changes]) -> None:
        """A conflict is fine; anything else, a deadlock above all, is not."""
        self.random.shuffle(group)
        while group:
            try:
                await self.store.write(group)
                self.written += len(group)
                return
            except Rejected as rejected:
                group = [changes for i, changes in enumerate(group) if i not in rejected.failures]

    async def some(self, rows: list[Any], count: int = 6) -> list[Any]:
        """Some of these rows as they are now, in any order."""
        ids = tuple(row.id for row in self.random.sample(rows, count))
        [found] = await self.store.read([Want(type(rows[0]), "id", ids)])
        self.random.shuffle(found)
        return list(found)


async def race(url: str, work: Any) -> list[Process]:
    processes = [Process(url, seed) for seed in range(3)]

    async def run(process: Process) -> None:
        for _ in range(ROUNDS):
            await work(process)
        await process.database.close()

    await asyncio.gather(*map(run, processes))
    assert deadlocks(url) == 0
    assert all(process.written for process in processes)
    return processes


async def test_updates_and_guards_of_the_same_orders(url: str) -> None:
    process = Process(url, 0)
    orders: list[Order] = [an_order() for _ in range(10)]
    for order in orders:
        order.version = 1
    await process.store.write([Changes(inserts=orders)])
    await process.database.close()

    async def work(process: Process) -> None:
        found = await process.some(orders)
        changed = [
            replace(row, updated_at=row.updated_at + timedelta(seconds=1), version=row.version + 1)
            for row in found[:3]
        ]
        guarded = [Changes(guards=[row], inserts=[an_order()]) for row in found[3:]]
        await process.write([*(Changes(updates=[row]) for row in changed), *guarded])

    await race(url, work)


async def test_payments_of_the_same_orders_and_the_same_keys(url: str) -> None:
    async def work(process: Process) -> None:
        found = await process.some(orders)
        group = []
        for order in found:
            change = replace(order, attempts=0, version=order.version + 1)
            bind = KeyRecord(f"key of {order.id} {order.version}", "s", "f", 201, "{}", "x", NOW)
            group.append(Changes(updates=[change], inserts=[a_payment(order)], binds=[bind]))
        await process.write(group)
        with connect(url) as admin:  # make room for the next payments
            admin.execute("UPDATE payments SET status = 'failed' WHERE status = 'pending'")

    orders = [replace(an_order(), version=1) for _ in range(8)]
    process = Process(url, 0)
    await process.store.write([Changes(inserts=orders)])
    await process.database.close()
    await race(url, work)


async def test_jobs_that_some_end_or_put_off_and_others_owe_again(url: str) -> None:
    targets = [fresh_id("op") for _ in range(8)]

    async def work(process: Process) -> None:
        tickets = await process.jobs.relay(lease_s=0, limit=6, lanes=["money"])
        claimed = await process.jobs.claim(tickets, lease_s=0)
        group = []
        for job in claimed:
            lasts = job.kind is JobKind.FIND_OPERATION
            group.append(Changes(put_off=[(job, 0.0)]) if lasts else Changes(done=[job]))
        held = {job.target_id for job in claimed}
        again = [target for target in process.random.sample(targets, 5) if target not in held]
        puts = [NewJob(fresh_id("job"), JobKind.FIND_OPERATION, target, 0.001) for target in again]
        puts += [NewJob(fresh_id("job"), JobKind.PROCESS_OPERATION, fresh_id("op"), 0.001) for _ in range(3)]
        await process.write([*group, *(Changes(puts=[put]) for put in puts)])

    await race(url, work)
