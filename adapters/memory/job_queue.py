"""The job queue in memory."""

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.domain.job import Lane, Ticket
from ports.clock import Clock

TICKETS_PER_MESSAGE = 64
MAX_MESSAGES = 100_000
MAX_SCHEDULED = 100_000

Entry = tuple[datetime, Lane, str, int]


class MemoryJobQueue:
    """See `ports.job_queue.JobQueue`. A full lane loses what came last, a full schedule what is due last."""

    def __init__(
        self, clock: Clock, *, max_messages: int = MAX_MESSAGES, max_scheduled: int = MAX_SCHEDULED
    ) -> None:
        self._clock = clock
        self._messages: dict[Lane, asyncio.Queue[list[Ticket]]] = {
            lane: asyncio.Queue(max_messages) for lane in Lane
        }
        self._max_scheduled = max_scheduled
        self._schedule: list[Entry] = []  # sorted
        self._due_at: dict[Ticket, datetime] = {}

    async def announce(self, tickets: Sequence[Ticket]) -> None:
        for lane, messages in self._messages.items():
            waiting = [ticket for ticket in tickets if ticket.lane is lane]
            for start in range(0, len(waiting), TICKETS_PER_MESSAGE):
                if not messages.full():
                    messages.put_nowait(waiting[start : start + TICKETS_PER_MESSAGE])

    async def take(self, lane: Lane) -> list[Ticket]:
        """The other end: the tickets of the lane's oldest message, as soon as there is one."""
        return await self._messages[lane].get()

    async def schedule(self, tickets: Sequence[tuple[Ticket, float]]) -> None:
        now = self._clock()
        for ticket, after_s in tickets:
            due_at = now + timedelta(seconds=after_s)
            known = self._due_at.get(ticket)
            if known is not None and known <= due_at:
                continue
            if known is not None:
                del self._schedule[bisect_left(self._schedule, _entry(ticket, known))]
            self._due_at[ticket] = due_at
            insort(self._schedule, _entry(ticket, due_at))
        self._strike(slice(self._max_scheduled, None))

    async def due(self, limit: int) -> list[Ticket]:
        ready = bisect_right(self._schedule, self._clock(), key=lambda entry: entry[0])
        return self._strike(slice(min(ready, limit)))

    async def length(self, lane: Lane) -> int:
        return self._messages[lane].qsize()

    def _strike(self, which: slice) -> list[Ticket]:
        """Take these entries off the schedule."""
        struck = [Ticket(job_id, lease, lane) for _, lane, job_id, lease in self._schedule[which]]
        del self._schedule[which]
        for ticket in struck:
            del self._due_at[ticket]
        return struck


def _entry(ticket: Ticket, due_at: datetime) -> Entry:
    return (due_at, ticket.lane, ticket.job_id, ticket.lease)
