"""How long what is due waits for others to be announced with it."""

import asyncio
from collections.abc import Sequence

from adapters.unit_of_work.announcer import BATCH, BufferedAnnouncer
from core.domain.job import Lane, Ticket
from tests.simulation.loop import VirtualLoop


class Queue:
    """Notes when each ticket came."""

    def __init__(self) -> None:
        self.came_at: dict[str, float] = {}
        self.calls = 0

    async def announce(self, tickets: Sequence[Ticket]) -> None:
        self.calls += 1
        now = asyncio.get_running_loop().time()
        self.came_at |= {ticket.job_id: now for ticket in tickets}

    async def schedule(self, tickets: Sequence[tuple[Ticket, float]]) -> None:
        raise AssertionError("nothing here is due later")

    async def due(self, limit: int) -> list[Ticket]:
        return []

    async def length(self, lane: Lane) -> int:
        return 0


class Desk:
    """An announcer, and what it was told when."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.announcer = BufferedAnnouncer(self.queue)
        self._told_at: dict[str, float] = {}

    def commit(self, tickets: int = 1) -> None:
        now = asyncio.get_running_loop().time()
        names = [f"job_{len(self._told_at) + i}" for i in range(tickets)]
        self._told_at |= dict.fromkeys(names, now)
        self.announcer([(Ticket(name, 1, Lane.MONEY), 0.0) for name in names])

    def waited_ms(self) -> list[int]:
        """Each ticket's wait."""
        return [round((self.queue.came_at[name] - at) * 1000) for name, at in self._told_at.items()]


def test_single_commits_wait_shortly_however_much_each_of_them_owes() -> None:
    desk = Desk()

    async def sell() -> None:
        for _ in range(5):
            desk.commit(tickets=9)  # a payment whose merchant has four endpoints
            await asyncio.sleep(0.3)

    VirtualLoop().run(sell())
    assert {*desk.waited_ms()} == {2}


def test_many_commits_wait_longer_for_one_another_and_only_while_there_are_many() -> None:
    desk = Desk()

    async def sell() -> None:
        for _ in range(40):
            for _ in range(8):
                desk.commit()
            await asyncio.sleep(0.003)
        await asyncio.sleep(0.1)
        desk.commit()
        await asyncio.sleep(0.1)

    VirtualLoop().run(sell())
    *of_the_rush, afterwards = desk.waited_ms()
    assert max(of_the_rush) == 10
    assert desk.queue.calls < 15  # of 40 groups
    assert afterwards == 2


def test_a_full_buffer_is_sent_without_a_wait() -> None:
    desk = Desk()

    async def sell() -> None:
        for _ in range(10 * BATCH):
            desk.commit()
        await desk.announcer.drain()

    VirtualLoop().run(sell())
    assert max(desk.waited_ms()) == 0
    assert desk.queue.calls == 10
