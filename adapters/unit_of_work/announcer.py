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
# Where much comes at once the moment is longer, for whatever is owed there waits longer for its worker.
GATHER_S, GATHER_MUCH_S = 0.002, 0.01
MUCH = 8


class BufferedAnnouncer:
    """A bounded buffer with its own sender. What does not fit is left to the relay, which finds every row."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._buffer: deque[tuple[Ticket, float]] = deque(maxlen=BUFFER_LIMIT)
        self._running: asyncio.Task[None] | None = None
        self._gather_s = GATHER_S

    def __call__(self, tickets: list[tuple[Ticket, float]]) -> None:
        self._buffer.extend(tickets)
        if self._running is None:
            self._running = asyncio.create_task(self._send())

    async def drain(self) -> None:
        """Wait until what was announced is sent or given up."""
        if self._running is not None:
            await self._running

    async def _send(self) -> None:
        try:
            while self._buffer:
                await asyncio.sleep(self._gather_s)
                batch = [self._buffer.popleft() for _ in range(min(BATCH, len(self._buffer)))]
                self._gather_s = GATHER_MUCH_S if len(batch) >= MUCH else GATHER_S
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
