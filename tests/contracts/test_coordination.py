"""Both coordinations."""

import asyncio

import pytest
from redis.asyncio import Redis

from adapters.memory.clock import MemoryClock
from adapters.memory.coordination import MemoryCoordination
from adapters.redis.client import connect
from adapters.redis.coordination import RedisCoordination
from core.domain.errors import Unavailable
from tests.contracts.coordination import TTL_S, CoordinationContract


class MemoryRoom:
    def __init__(self) -> None:
        self._clock = MemoryClock()
        self.coordination = MemoryCoordination(self._clock)

    async def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)


class RedisRoom:
    def __init__(self, redis: Redis) -> None:
        self.coordination = RedisCoordination(redis)
        self.pass_time = asyncio.sleep


class TestInMemory(CoordinationContract):
    @pytest.fixture
    def room(self) -> MemoryRoom:
        return MemoryRoom()


class TestInRedis(CoordinationContract):
    @pytest.fixture
    async def room(self, redis: Redis) -> RedisRoom:
        return RedisRoom(redis)

    async def test_the_dead_take_no_room(self, room: RedisRoom, redis: Redis) -> None:
        for i in range(20):
            await room.coordination.beat("worker", f"p{i}", ttl_s=TTL_S)
        await room.coordination.lead("worker", "p0", ttl_s=TTL_S)
        await room.pass_time(2 * TTL_S)
        assert await redis.keys() == []

    async def test_away_is_unavailable(self, free_port: int) -> None:
        redis = connect(f"redis://127.0.0.1:{free_port}/0")
        coordination = RedisCoordination(redis)
        for call in (
            coordination.beat("worker", "a", ttl_s=1),
            coordination.alive("worker"),
            coordination.leave("worker", "a"),
            coordination.lead("worker", "a", ttl_s=1),
        ):
            with pytest.raises(Unavailable):
                await call
        await redis.aclose()
