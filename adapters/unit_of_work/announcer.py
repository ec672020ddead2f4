"""Tells workers what a commit made due, without letting anybody wait for Redis."""

import asyncio
from collections import deque

from core.domain.errors import Unavailable
from core.domain.job import Ticket
from ports.job_queue import JobQueue

BUFFER_LIMIT = 20_000
BATCH = 512
PAUSE_S = 0.5
# What is owed a moment later goes along: fewer calls, and more jobs in each message, which a worker does as one.
# Where many commits come at once the moment is longer: whatever is owed there waits longer for its worker.
GATHER_S, GATHER_MANY_S = 0.002, 0.01
MANY = 8  # commits in one such moment
STILL_MANY_S = 0.02  # for so long after it the next ones are taken for many, too


class BufferedAnnouncer:
    """A bounded buffer with its own sender. What does not fit is left to the relay, which finds every row."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._buffer: deque[tuple[Ticket, float]] = deque(maxlen=BUFFER_LIMIT)
        self._running: asyncio.Task[None] | None = None
        self._commits = 0
        self._many_until_s = 0.0

    def __call__(self, tickets: list[tuple[Ticket, float]]) -> None:
        self._buffer.extend(tickets)
        self._commits += 1
        if self._running is None:
            self._running = asyncio.create_task(self._send())

    async def drain(self) -> None:
        """Wait until what was announced is sent or given up."""
        if self._running is not None:
            await self._running

    async def _send(self) -> None:
        try:
            while self._buffer:
                await self._gather()
                batch = [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]
                try:
                    now = [ticket for ticket, after_s in batch if after_s <= 0]
                    later = [(ticket, after_s) for ticket, after_s in batch if after_s > 0]
                    if now:
                        await self._queue.announce(now)
                    if later:
                        await self._queue.schedule(later)
                except Unavailable:
                    # These are lost on purpose: their leases run out and the relay announces them again.
                    await asyncio.sleep(PAUSE_S)
        finally:
            self._running = None

    async def _gather(self) -> None:
        """Wait for what goes along, unless there is more already than goes at once."""
        loop = asyncio.get_running_loop()
        if len(self._buffer) < BATCH:
            await asyncio.sleep(GATHER_MANY_S if loop.time() < self._many_until_s else GATHER_S)
        if self._commits >= MANY:
            self._many_until_s = loop.time() + STILL_MANY_S
        self._commits = 0
