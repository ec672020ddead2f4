"""Taking messages off a lane in memory and handing their tickets to whoever runs the jobs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.memory.job_queue import MemoryJobQueue
from core.domain.job import Lane, Ticket

Handler = Callable[[list[Ticket]], Awaitable[None]]

MAX_JOBS = 256

_log = structlog.get_logger(__name__)


async def receive(
    queue: MemoryJobQueue,
    lane: Lane,
    handler: Handler,
    stop: asyncio.Event,
    *,
    grace_s: float,
    max_jobs: int = MAX_JOBS,
) -> None:
    """As `adapters.redis.worker.receive`, for one lane of the queue in memory."""
    hands = _Hands(queue, lane, handler, max_jobs)
    taking = asyncio.create_task(hands.take())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([taking, stopped], return_when=asyncio.FIRST_COMPLETED)
        if taking.done():
            taking.result()  # it never ends by itself
        taking.cancel()
        if hands.running:
            await asyncio.wait(hands.running, timeout=grace_s)
    finally:
        rest = [taking, stopped, *hands.running]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class _Hands:
    """The tickets of one lane that are being handled."""

    def __init__(self, queue: MemoryJobQueue, lane: Lane, handler: Handler, max_jobs: int) -> None:
        self._queue = queue
        self._lane = lane
        self._handler = handler
        self._free = max_jobs
        self._may_take = asyncio.Event()
        self.running: set[asyncio.Task[None]] = set()

    async def take(self) -> None:
        while True:
            if self._free <= 0:
                self._may_take.clear()
                await self._may_take.wait()
            tickets = await self._queue.take(self._lane)
            self._free -= len(tickets)
            task = asyncio.create_task(self._handle(tickets))
            self.running.add(task)
            task.add_done_callback(self.running.discard)

    async def _handle(self, tickets: list[Ticket]) -> None:
        try:
            await self._handler(tickets)
        except Exception:
            _log.exception("handler_failed", lane=self._lane, tickets=len(tickets))
        finally:
            self._free += len(tickets)
            self._may_take.set()
