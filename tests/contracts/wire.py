"""A job queue with both its ends, for the contracts of the queue and of the workers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.domain.job import Lane, Ticket
from ports.job_queue import JobQueue

WITHIN_S = 5.0
MAX_MESSAGES = 5
MAX_SCHEDULED = 5


class Wire(Protocol):
    """A queue that keeps `MAX_MESSAGES` per lane and `MAX_SCHEDULED` tickets, and its other end."""

    queue: JobQueue

    async def pass_time(self, seconds: float) -> None: ...

    async def receive(
        self, lane: Lane, handler: Callable[[list[Ticket]], Awaitable[None]], stop: asyncio.Event, **how: Any
    ) -> None: ...


@dataclass
class Worker:
    """Takes what comes; its handler does what it is told to."""

    wire: Wire
    lane: Lane
    work: Callable[[list[Ticket]], Awaitable[None]] | None = None
    messages: list[list[Ticket]] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def tickets(self) -> list[Ticket]:
        return [ticket for message in self.messages for ticket in message]

    async def handle(self, tickets: list[Ticket]) -> None:
        self.messages.append(tickets)
        self.more.set()
        if self.work is not None:
            await self.work(tickets)

    async def has(self, count: int) -> list[Ticket]:
        async with asyncio.timeout(WITHIN_S):
            while len(self.tickets) < count:
                self.more.clear()
                await self.more.wait()
        return self.tickets

    @asynccontextmanager
    async def running(self, grace_s: float = 1.0, max_jobs: int = 256) -> AsyncIterator[asyncio.Task[None]]:
        listening = asyncio.create_task(
            self.wire.receive(self.lane, self.handle, self.stop, grace_s=grace_s, max_jobs=max_jobs)
        )
        try:
            yield listening
        finally:
            self.stop.set()
            async with asyncio.timeout(WITHIN_S):
                await listening


def money(n: int, first: int = 1) -> list[Ticket]:
    return [Ticket(f"job_{i:016d}", 1, Lane.MONEY) for i in range(first, first + n)]


def deliveries(n: int) -> list[Ticket]:
    return [Ticket(f"job_{i:016d}", 7, Lane.DELIVERIES) for i in range(1, n + 1)]
