"""What every rate limiter promises."""

import asyncio
from time import monotonic
from typing import Protocol

import pytest

from ports.rate_limiter import RateLimiter


class Gate(Protocol):
    """A limiter, and a way to let time pass for it."""

    limiter: RateLimiter

    async def pass_time(self, seconds: float) -> None: ...


class RateLimiterContract:
    """Needs a fixture `gate`. Rates are mostly so slow that a test's own time gives back no token."""

    async def taken(
        self, gate: Gate, times: int, bucket: str = "a", rate: float = 0.01, burst: int = 3
    ) -> int:
        """How many of so many asked for at once were granted."""
        asked = [gate.limiter.take(bucket, rate_per_s=rate, burst=burst) for _ in range(times)]
        return [taken.wait_s for taken in await asyncio.gather(*asked)].count(0)

    async def waited(self, gate: Gate, rate: float, burst: int) -> float:
        return (await gate.limiter.take("a", rate_per_s=rate, burst=burst)).wait_s

    @pytest.mark.parametrize(("rate", "burst"), [(0.01, 1), (0.3, 3), (0.7, 7), (1 / 7, 100)])
    async def test_a_burst_is_granted_and_no_more(self, gate: Gate, rate: float, burst: int) -> None:
        assert await self.taken(gate, burst, rate=rate, burst=burst) == burst
        assert await self.taken(gate, 5, rate=rate, burst=burst) == 0

    async def test_more_than_one_batch_at_once(self, gate: Gate) -> None:
        assert await self.taken(gate, 700, burst=600) == 600

    async def test_buckets_are_apart(self, gate: Gate) -> None:
        assert await self.taken(gate, 4, "a") == 3
        assert await self.taken(gate, 4, "b") == 3

    async def test_the_wait_is_until_there_is_a_token(self, gate: Gate) -> None:
        await self.taken(gate, 2, burst=2)
        wait_s = await self.waited(gate, 0.01, 2)
        assert 99 < wait_s <= 100

    async def test_after_the_wait_there_is_one_token(self, gate: Gate) -> None:
        await self.taken(gate, 2, rate=25, burst=2)
        wait_s = await self.waited(gate, 25, 2)
        assert 0 < wait_s <= 0.04
        await gate.pass_time(wait_s)
        assert await self.taken(gate, 2, rate=25, burst=2) == 1

    async def test_asking_in_vain_costs_nothing(self, gate: Gate) -> None:
        await self.taken(gate, 1, rate=25, burst=1)
        for _ in range(5):
            assert 0 < await self.waited(gate, 25, 1) <= 0.04
        await gate.pass_time(0.041)
        assert await self.waited(gate, 25, 1) == 0

    async def test_a_rested_bucket_is_full_and_never_fuller(self, gate: Gate) -> None:
        await self.taken(gate, 3, rate=100)
        await gate.pass_time(0.05)
        assert await self.taken(gate, 10, rate=100) == 3

    async def test_a_lower_limit_applies_at_once(self, gate: Gate) -> None:
        await self.taken(gate, 100, rate=0.01, burst=100)
        assert 99 < await self.waited(gate, 0.01, 1) <= 100

    async def test_any_name_will_do(self, gate: Gate) -> None:
        for name in ("", "key:ab c\r\n", "₹" * 1000, "\ud800"):
            assert await self.taken(gate, 1, name) == 1

    async def test_it_says_how_many_are_left(self, gate: Gate) -> None:
        left = [(await gate.limiter.take("a", rate_per_s=0.01, burst=3)).left for _ in range(4)]
        assert left == [2, 1, 0, 0]

    async def test_a_fast_bucket_grants_no_more_than_its_burst(self, gate: Gate) -> None:
        """Also when a limiter takes several tokens at a time; what the test's own time gives back is little."""
        began = monotonic()
        granted = await self.taken(gate, 2_000, rate=200, burst=200)
        assert 200 <= granted <= 200 + 200 * (monotonic() - began)
