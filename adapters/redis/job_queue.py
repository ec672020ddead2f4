"""The job queue: a list of messages per lane, with a schedule of tickets sorted by due time."""

from collections.abc import Sequence
from math import ceil

import structlog
from redis.asyncio import Redis

from adapters.redis.client import answering, text
from adapters.redis.message import pack, queue_key
from core.domain.job import Lane, Ticket

MAX_MESSAGES = 100_000
MAX_SCHEDULED = 1_000_000
TICKETS_PER_CALL = 1_000

SCHEDULE_KEY = "gateway:schedule"
# Time is Redis's, in whole ms; rounded so that no ticket is early. LT: the earlier time of a ticket stays.
SCHEDULE = """
local time = redis.call('TIME')
local now = math.ceil(time[1] * 1000 + time[2] / 1000)
for i = 2, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], 'LT', now + ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], ARGV[1], -1)
"""
DUE = """
local time = redis.call('TIME')
local now = math.floor(time[1] * 1000 + time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
if #due > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #due - 1) end
return due
"""
AWAY = ("queue_unavailable", "The job queue cannot be reached.")

_log = structlog.get_logger(__name__)


class RedisJobQueue:
    """See `ports.job_queue.JobQueue`. A full lane loses what came last, a full schedule what is due last."""

    def __init__(
        self, redis: Redis, *, max_messages: int = MAX_MESSAGES, max_scheduled: int = MAX_SCHEDULED
    ) -> None:
        self._redis = redis
        self._schedule = redis.register_script(SCHEDULE)
        self._due = redis.register_script(DUE)
        self._max_messages = max_messages
        self._max_scheduled = max_scheduled

    async def announce(self, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        async with answering(*AWAY):
            for lane in Lane:
                messages = pack([ticket for ticket in tickets if ticket.lane is lane])
                # One lane is the rule, and a pipeline costs as much as two calls.
                if messages and await self._redis.lpush(queue_key(lane), *messages) > self._max_messages:
                    await self._redis.ltrim(queue_key(lane), -self._max_messages, -1)

    async def schedule(self, tickets: Sequence[tuple[Ticket, float]]) -> None:
        for start in range(0, len(tickets), TICKETS_PER_CALL):
            args: list[str | int] = [self._max_scheduled]
            for ticket, after_s in tickets[start : start + TICKETS_PER_CALL]:
                args += (ceil(after_s * 1000), _entry(ticket))
            async with answering(*AWAY):
                await self._schedule(keys=[SCHEDULE_KEY], args=args)

    async def due(self, limit: int) -> list[Ticket]:
        async with answering(*AWAY):
            entries = await self._due(keys=[SCHEDULE_KEY], args=[limit])
        found = [_ticket(text(entry)) for entry in entries]
        return [ticket for ticket in found if ticket is not None]

    async def length(self, lane: Lane) -> int:
        async with answering(*AWAY):
            return int(await self._redis.llen(queue_key(lane)))


def _entry(ticket: Ticket) -> str:
    return f"{ticket.lane}|{ticket.job_id}|{ticket.lease}"


def _ticket(entry: str) -> Ticket | None:
    try:
        lane, job_id, lease = entry.split("|")
        return Ticket(job_id, int(lease), Lane(lane))
    except ValueError as error:
        _log.warning("schedule_entry_dropped", error=str(error)[:200])
        return None
