"""The one Redis of a history, which may be wiped or away, and a worker's end of its queues."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TYPE_CHECKING

from adapters.memory.coordination import MemoryCoordination
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.worker import receive
from core.domain.job import Lane, Ticket
from tests.simulation.clocks import WorldClock
from tests.simulation.port import Server

if TYPE_CHECKING:
    from tests.simulation.process import Process

LOOK_AGAIN_S = 0.5


class Redis(Server):
    """Queues, schedule, heartbeats and leadership: all gone when it is wiped."""

    def __init__(self, now: Callable[[], float], clock: WorldClock) -> None:
        super().__init__("redis", now)
        self._clock = clock
        self._taking: list[asyncio.Task[list[Ticket]]] = []
        self.wipe()

    def wipe(self) -> None:
        self.queue = MemoryJobQueue(self._clock)
        self.coordination = MemoryCoordination(self._clock)
        for task in self._taking:
            task.cancel()
        self._taking = []

    def take(self, lane: Lane, context: Context) -> asyncio.Task[list[Ticket]]:
        """A pop that waits; cancelled when all is wiped. It runs here, so that it ends even if its client died."""
        task = asyncio.get_running_loop().create_task(self.queue.take(lane), context=context.copy())
        self._taking = [other for other in self._taking if not other.done()] + [task]
        return task


class LaneEnd:
    """One lane of the queues as a worker takes from it: a broker to `entrypoints.worker`."""

    def __init__(self, process: "Process", lane: Lane) -> None:
        self._process = process
        self._redis = process.world.redis
        self.lane = lane

    async def take(self, lane: Lane) -> list[Ticket]:
        """Waits for as long as it takes, whatever becomes of Redis meanwhile."""
        while True:
            while self._redis.is_away():
                await asyncio.sleep(LOOK_AGAIN_S)
            pop = self._redis.take(lane, self._process.world.context)
            self._process.pops.append(pop)
            try:
                await asyncio.wait([pop])
            finally:
                self._process.pops.remove(pop)
                if not pop.done():
                    pop.cancel()
            if not pop.cancelled():
                return pop.result()

    async def shutdown(self) -> None: ...


async def receive_lane(
    broker: LaneEnd,
    handler: Callable[[list[Ticket]], Awaitable[None]],
    stop: asyncio.Event,
    *,
    grace_s: float,
    max_jobs: int,
) -> None:
    """As `adapters.redis.worker.receive`."""
    await receive(broker, broker.lane, handler, stop, grace_s=grace_s, max_jobs=max_jobs)  # type: ignore[arg-type]  # it only takes
