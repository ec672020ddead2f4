"""Heartbeats and leadership, both of which lapse by Redis's own clock."""

from math import ceil

from redis.asyncio import Redis

from adapters.redis.client import answering

# A sorted set per role: process id → the ms at which its life ends. The dead are swept out by the living,
# and the set goes with the last of them.
BEAT = """
local time = redis.call('TIME')
local now = math.floor(time[1] * 1000 + time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
"""
ALIVE = """
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', time[1] * 1000 + time[2] / 1000), '+inf')
"""
LEAD = """
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""
AWAY = ("coordination_unavailable", "The processes' coordination cannot be reached.")


class RedisCoordination:
    """See `ports.coordination.Coordination`."""

    def __init__(self, redis: Redis) -> None:
        self._beat = redis.register_script(BEAT)
        self._alive = redis.register_script(ALIVE)
        self._lead = redis.register_script(LEAD)
        self._leave = redis.register_script(LEAVE)

    async def beat(self, role: str, process_id: str, *, ttl_s: float) -> None:
        async with answering(*AWAY):
            await self._beat(keys=[_alive_key(role)], args=[process_id, ceil(ttl_s * 1000)])

    async def alive(self, role: str) -> int:
        async with answering(*AWAY):
            return int(await self._alive(keys=[_alive_key(role)]))

    async def leave(self, role: str, process_id: str) -> None:
        async with answering(*AWAY):
            await self._leave(keys=[_alive_key(role), _leader_key(role)], args=[process_id])

    async def lead(self, role: str, process_id: str, *, ttl_s: float) -> bool:
        async with answering(*AWAY):
            leads = await self._lead(keys=[_leader_key(role)], args=[process_id, ceil(ttl_s * 1000)])
        return bool(leads)


def _alive_key(role: str) -> str:
    return f"gateway:alive:{role}"


def _leader_key(role: str) -> str:
    return f"gateway:leader:{role}"
