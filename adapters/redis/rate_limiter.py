"""Token buckets in Redis, shared by all processes, or in this process while Redis is away."""

import asyncio
from dataclasses import dataclass
from time import monotonic

import structlog
from redis.asyncio import Redis

from ports.rate_limiter import RateLimiter

TIMEOUT_S = 0.1
BACK_OFF_S = 1.0
BATCH = 256

# A bucket is one number: the µs of Redis's clock at which it will be full again (GCRA, the same as counting
# tokens). All is in whole µs, because fractions would refuse the last token of a burst.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local waits = {}
for i, key in ipairs(KEYS) do
  local per_token, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local full_at = tonumber(redis.call('GET', key) or '') or now
  full_at = math.min(math.max(full_at, now), now + per_token * burst) + per_token
  waits[i] = math.max(0, full_at - per_token * burst - now)
  if waits[i] == 0 then
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
  end
end
return waits
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asking:
    bucket: str
    per_token_us: int
    burst: int
    wait_s: asyncio.Future[float | None]  # None: Redis did not say


class RedisRateLimiter:
    """See `ports.rate_limiter.RateLimiter`. Those who ask while a call is underway share the next one.

    When Redis fails or takes longer than `timeout_s`, `local` serves, and nobody asks Redis again for
    `back_off_s`: only the first requests of an outage wait for it.
    """

    def __init__(
        self,
        redis: Redis,
        local: RateLimiter,
        *,
        timeout_s: float = TIMEOUT_S,
        back_off_s: float = BACK_OFF_S,
    ) -> None:
        self._script = redis.register_script(TAKE)
        self._local = local
        self._timeout_s = timeout_s
        self._back_off_s = back_off_s
        self._away_until = 0.0
        self._asking: list[_Asking] = []
        self._sender: asyncio.Task[None] | None = None

    async def take(self, bucket: str, *, rate_per_s: float, burst: int) -> float:
        wait_s = None
        if monotonic() >= self._away_until:
            wait_s = await self._ask(bucket, max(1, round(1_000_000 / rate_per_s)), burst)
        if wait_s is None:
            return await self._local.take(bucket, rate_per_s=rate_per_s, burst=burst)
        return wait_s

    async def _ask(self, bucket: str, per_token_us: int, burst: int) -> float | None:
        asking = _Asking(bucket, per_token_us, burst, asyncio.get_running_loop().create_future())
        self._asking.append(asking)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return await asking.wait_s

    async def _send(self) -> None:
        try:
            while self._asking:
                batch, self._asking = self._asking[:BATCH], self._asking[BATCH:]
                waits = await self._call(batch)
                for asking, wait_s in zip(batch, waits, strict=True):
                    if not asking.wait_s.done():
                        asking.wait_s.set_result(wait_s)
        finally:
            self._sender = None

    async def _call(self, batch: list[_Asking]) -> list[float] | list[None]:
        """How long each must wait; None for all when Redis does not say."""
        nothing = [None] * len(batch)
        if monotonic() < self._away_until:
            return nothing
        try:
            async with asyncio.timeout(self._timeout_s):
                waits_us = await self._script(
                    keys=[_key(asking.bucket) for asking in batch],
                    args=[number for asking in batch for number in (asking.per_token_us, asking.burst)],
                )
            return [int(wait_us) / 1_000_000 for wait_us in waits_us]
        except Exception as error:  # the port never raises, not even for a fault of ours
            self._away_until = monotonic() + self._back_off_s
            _log.warning("rate_limiter_is_local", error=f"{type(error).__name__}: {error}")
            return nothing


def _key(bucket: str) -> bytes:
    # Whoever is limited may have chosen the name; one that cannot be encoded must not look like an outage.
    return f"gateway:bucket:{bucket}".encode(errors="surrogatepass")
