"""What everybody promises who takes tickets off a lane."""

import asyncio

from core.domain.job import Lane, Ticket
from tests.contracts.wire import Wire, Worker, money


class WorkerContract:
    """Needs a fixture `wire`."""

    async def test_handlers_run_side_by_side(self, wire: Wire) -> None:
        meeting, met = asyncio.Barrier(3), []

        async def meet(tickets: list[Ticket]) -> None:
            await meeting.wait()
            met.extend(tickets)

        worker = Worker(wire, Lane.MONEY, meet)
        async with worker.running():
            for ticket in money(3):
                await wire.queue.announce([ticket])
            await worker.has(3)
        assert len(met) == 3

    async def test_a_full_worker_leaves_the_rest_to_others(self, wire: Wire) -> None:
        free = asyncio.Event()

        async def wait(_: list[Ticket]) -> None:
            await free.wait()

        full, other = Worker(wire, Lane.MONEY, wait), Worker(wire, Lane.MONEY)
        async with full.running(max_jobs=64):
            for first in (1, 65, 129, 193, 257):
                await wire.queue.announce(money(64, first))
            await full.has(64)
            await asyncio.sleep(0.05)
            held = len(full.tickets)
            assert held <= 128  # the message underway when it became full comes on top
            async with other.running():
                assert len(await other.has(320 - held)) == 320 - held
            free.set()
            await wire.queue.announce(money(1, 500))
            assert (await full.has(held + 1))[-1] == money(1, 500)[0]

    async def test_a_handler_that_fails_stops_nobody(self, wire: Wire) -> None:
        async def fail(tickets: list[Ticket]) -> None:
            if tickets == money(1):
                raise RuntimeError("a bug")

        worker = Worker(wire, Lane.MONEY, fail)
        async with worker.running():
            await wire.queue.announce(money(1))
            await worker.has(1)
            await wire.queue.announce(money(1, 2))
            assert await worker.has(2) == money(2)

    async def test_stopping_finishes_what_is_in_hand_and_takes_nothing_else(self, wire: Wire) -> None:
        free, finished = asyncio.Event(), []

        async def wait(tickets: list[Ticket]) -> None:
            await free.wait()
            finished.extend(tickets)

        worker = Worker(wire, Lane.MONEY, wait)
        async with worker.running() as listening:
            await wire.queue.announce(money(1))
            await worker.has(1)
            worker.stop.set()
            await asyncio.sleep(0.1)
            await wire.queue.announce(money(2, 2))
            assert not listening.done()
            free.set()
        assert finished == worker.tickets == money(1)
        assert await wire.queue.length(Lane.MONEY) == 1

    async def test_grace_has_an_end(self, wire: Wire) -> None:
        ended: list[str] = []

        async def hang(_: list[Ticket]) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        worker = Worker(wire, Lane.MONEY, hang)
        async with worker.running(grace_s=0.01):
            await wire.queue.announce(money(1))
            await worker.has(1)
        assert ended == ["cancelled"]
