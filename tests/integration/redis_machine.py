"""A Redis whose plug can be pulled, with a worker that listens to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from redis.asyncio import Redis

from adapters.embedded import Server, start_valkey
from adapters.redis.broker import LaneBroker
from adapters.redis.job_queue import RedisJobQueue
from adapters.redis.worker import receive
from core.domain.errors import Unavailable
from core.domain.job import Lane, Ticket

BLOCK_S, ANSWER_S = 0.05, 0.3
WITHIN_S = 10.0
_numbers = count(1)


def a_ticket() -> Ticket:
    return Ticket(f"job_{next(_numbers):016d}", 1, Lane.MONEY)


@dataclass
class Machine:
    """A Valkey whose plug can be pulled."""

    folder: Path
    port: int
    server: Server = field(init=False)

    def start(self) -> None:
        self.server = start_valkey(self.folder, port=self.port)


@dataclass
class Worker:
    """A worker under test, and the caller that gives it work."""

    queue: RedisJobQueue
    listening: asyncio.Task[None]
    arrived: list[Ticket] = field(default_factory=list)

    async def gets_new_work(self) -> None:
        """What is announced once Redis answers arrives, and the listener has never been away."""
        ticket = a_ticket()
        async with asyncio.timeout(WITHIN_S):
            while True:
                with suppress(Unavailable):
                    await self.queue.announce([ticket])
                    break
            while ticket not in self.arrived:
                assert not self.listening.done()
                await asyncio.sleep(0.005)


@asynccontextmanager
async def a_worker(
    url: str, redis: Redis, work: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[Worker]:
    broker = LaneBroker(url, Lane.MONEY, block_s=BLOCK_S, answer_s=ANSWER_S)
    stop = asyncio.Event()

    async def handle(tickets: list[Ticket]) -> None:
        worker.arrived += tickets
        if work is not None:
            await work()

    worker = Worker(RedisJobQueue(redis), asyncio.create_task(receive(broker, handle, stop, grace_s=5)))
    try:
        await worker.gets_new_work()
        yield worker
    finally:
        stop.set()
        await worker.listening
        await broker.shutdown()
