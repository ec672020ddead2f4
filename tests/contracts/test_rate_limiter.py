"""Both rate limiters, and what the shared one does without its server."""

import asyncio
from collections.abc import Iterable
from time import monotonic

import pytest
from redis.asyncio import Redis

from adapters.memory.clock import MemoryClock
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis import rate_limiter
from adapters.redis.client import connect
from adapters.redis.purse import AHEAD_S
from adapters.redis.rate_limiter import RedisRateLimiter
from ports.rate_limiter import Taken
from tests.contracts.rate_limiter import RateLimiterContract


def waits(taken: Iterable[Taken]) -> list[float]:
    return [one.wait_s for one in taken]


class MemoryGate:
    def __init__(self) -> None:
        self._clock = MemoryClock()
        self.limiter = MemoryRateLimiter(self._clock)

    async def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)


class RedisGate:
    def __init__(self, redis: Redis, local: MemoryRateLimiter) -> None:
        # The timeout is long, so that a busy machine does not turn these into tests of the local bucket.
        self.limiter = RedisRateLimiter(redis, local, timeout_s=5)
        self.pass_time = asyncio.sleep


class TestInMemory(RateLimiterContract):
    @pytest.fixture
    def gate(self) -> MemoryGate:
        return MemoryGate()

    async def test_its_memory_has_a_limit(self) -> None:
        limiter = MemoryRateLimiter(MemoryClock(), max_buckets=2)
        for name in ("used", "rested", "used", "new"):
            assert (await limiter.take(name, rate_per_s=1, burst=2)).wait_s == 0
        assert (await limiter.take("used", rate_per_s=1, burst=2)).wait_s > 0
        granted = [(await limiter.take("rested", rate_per_s=1, burst=2)).wait_s for _ in range(3)]
        assert granted == [0, 0, 1]  # forgotten, so full


class TestInRedis(RateLimiterContract):
    @pytest.fixture
    async def gate(self, redis: Redis) -> RedisGate:
        return RedisGate(redis, MemoryRateLimiter(MemoryClock()))

    async def test_processes_share_a_bucket(self, redis: Redis) -> None:
        local = MemoryRateLimiter(MemoryClock())
        limiters = [RedisRateLimiter(redis, local, timeout_s=5) for _ in range(3)]
        asked = [limiter.take("a", rate_per_s=0.01, burst=4) for limiter in limiters for _ in range(3)]
        assert waits(await asyncio.gather(*asked)).count(0) == 4

    async def test_processes_that_buy_ahead_grant_little_more_than_one_bucket(self, redis: Redis) -> None:
        local, rate = MemoryRateLimiter(MemoryClock()), 1_000
        limiters = [RedisRateLimiter(redis, local, timeout_s=5) for _ in range(3)]
        granted, began = 0, monotonic()
        while monotonic() < began + 0.5:
            asked = [limiter.take("a", rate_per_s=rate, burst=100) for limiter in limiters for _ in range(40)]
            granted += waits(await asyncio.gather(*asked)).count(0)
        fair = 100 + rate * (monotonic() - began)
        held = len(limiters) * rate * AHEAD_S
        assert fair / 2 < granted <= fair + held

    async def test_a_busy_bucket_costs_few_calls(self, redis: Redis, gate: RedisGate) -> None:
        await redis.config_resetstat()
        for _ in range(500):
            assert (await gate.limiter.take("a", rate_per_s=1_000, burst=1_000)).wait_s == 0
            await asyncio.sleep(0)
        calls = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
        assert calls <= 500 / 20

    async def test_who_is_refused_is_refused_from_memory(self, redis: Redis, gate: RedisGate) -> None:
        await gate.limiter.take("a", rate_per_s=0.01, burst=1)
        first = await gate.limiter.take("a", rate_per_s=0.01, burst=1)
        await redis.flushall()  # nobody looks there again before the wait is over
        assert 99 < (await gate.limiter.take("a", rate_per_s=0.01, burst=1)).wait_s <= first.wait_s

    async def test_names_without_end_take_no_room_without_end(
        self, gate: RedisGate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rate_limiter, "MAX_PURSES", 3)
        for name in range(20):
            await gate.limiter.take(str(name), rate_per_s=0.01, burst=1)
        assert len(gate.limiter._purses) == 3

    async def test_a_full_bucket_takes_no_room(self, gate: RedisGate, redis: Redis) -> None:
        await gate.limiter.take("a", rate_per_s=50, burst=1)
        await gate.pass_time(0.03)
        assert await redis.keys() == []

    async def test_a_strange_name_is_no_outage(self, gate: RedisGate, redis: Redis) -> None:
        await gate.limiter.take("\ud800", rate_per_s=0.01, burst=1)
        assert len(await redis.keys()) == 1

    async def test_one_who_gives_up_does_not_hold_up_the_others(self, gate: RedisGate) -> None:
        """And his token goes to the next."""
        asked = [asyncio.ensure_future(gate.limiter.take("a", rate_per_s=0.01, burst=1)) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        assert waits(await asyncio.gather(*asked[1:])) == [0, pytest.approx(100, abs=1)]


class TestWithoutRedis:
    async def test_a_dead_server_costs_little_and_the_local_bucket_serves(self, free_port: int) -> None:
        redis = connect(f"redis://127.0.0.1:{free_port}/0")
        limiter = RedisRateLimiter(redis, MemoryRateLimiter(MemoryClock()))
        granted = [await limiter.take("a", rate_per_s=0.01, burst=2) for _ in range(4)]
        assert waits(granted) == [0, 0, 100, 100]
        await redis.aclose()

    async def test_only_the_first_wait_for_a_server_that_hangs(self, redis: Redis) -> None:
        limiter = RedisRateLimiter(redis, MemoryRateLimiter(MemoryClock()), timeout_s=0.2)
        await redis.client_pause(600)
        began = monotonic()
        first = [limiter.take("a", rate_per_s=0.01, burst=2) for _ in range(300)]
        assert waits(await asyncio.gather(*first)).count(0) == 2
        assert 0.2 <= monotonic() - began < 0.55
        began = monotonic()
        assert (await limiter.take("a", rate_per_s=0.01, burst=2)).wait_s > 0
        assert monotonic() - began < 0.15

    async def test_it_comes_back_to_a_server_that_recovers(self, redis: Redis) -> None:
        limiter = RedisRateLimiter(redis, MemoryRateLimiter(MemoryClock()), timeout_s=0.03, back_off_s=0.05)
        await redis.client_pause(50)
        assert (await limiter.take("a", rate_per_s=0.01, burst=2)).wait_s == 0
        assert await redis.keys("gateway:bucket:*") == []
        for _ in range(100):
            await limiter.take("a", rate_per_s=0.01, burst=2)
            if await redis.exists("gateway:bucket:a"):
                break
            await asyncio.sleep(0.02)
        assert await redis.exists("gateway:bucket:a")
