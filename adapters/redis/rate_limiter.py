"""Token buckets in Redis, shared by all processes, or in this process while Redis is away."""

import asyncio
from time import monotonic

import structlog
from redis.asyncio import Redis

from adapters.redis.purse import Purse, Waiter
from ports.rate_limiter import RateLimiter, Taken

TIMEOUT_S = 0.1
BACK_OFF_S = 1.0
BATCH = 256
MAX_PURSES = 10_000

# A bucket is one number: the µs of Redis's clock at which it will be full again (GCRA, the same as counting
# tokens). All is in whole µs, because fractions would refuse the last token of a burst.
BUY = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local per_token, burst, wanted = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local full_at = tonumber(redis.call('GET', key) or '') or now
  full_at = math.min(math.max(full_at, now), now + per_token * burst)
  local room = now + per_token * burst - full_at
  local there = math.floor(room / per_token)
  local granted = math.min(wanted, there)
  if granted > 0 then
    full_at = full_at + granted * per_token
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
  end
  answers[3 * i - 2] = granted
  answers[3 * i - 1] = there < wanted and per_token * (there + 1) - room or 0
  answers[3 * i] = there - granted
end
return answers
"""

_log = structlog.get_logger(__name__)


class RedisRateLimiter:
    """See `ports.rate_limiter.RateLimiter`. Each process buys tokens ahead and spends them without asking.

    The bound of the error: a process holds at most what the rate gives back in `purse.AHEAD_S` (a twentieth of
    a second). So over any time, n processes together grant at most n such lots more than one bucket would, and
    refuse at most that many too early. Who is refused is refused from memory until there can be a token again.

    When Redis fails or takes longer than `timeout_s`, `local` serves, and nobody asks Redis again for
    `back_off_s`: only the first requests of an outage wait for it. During it each process has a bucket of its own.
    """

    def __init__(
        self,
        redis: Redis,
        local: RateLimiter,
        *,
        timeout_s: float = TIMEOUT_S,
        back_off_s: float = BACK_OFF_S,
    ) -> None:
        self._script = redis.register_script(BUY)
        self._local = local
        self._timeout_s = timeout_s
        self._back_off_s = back_off_s
        self._away_until = 0.0
        self._purses: dict[str, Purse] = {}
        self._asking: list[Purse] = []
        self._sender: asyncio.Task[None] | None = None

    async def take(self, bucket: str, *, rate_per_s: float, burst: int) -> Taken:
        purse = self._purses.get(bucket)
        if purse is None or purse.rate_per_s != rate_per_s or purse.burst != burst:
            purse = self._new(bucket, rate_per_s, burst)
        taken = purse.spend()
        if taken is None:
            taken = await self._refill(purse)
        elif purse.is_low() and purse.lot > 1:
            self._ask_for(purse)  # before it is empty, so that nobody waits
        if taken is None:
            return await self._local.take(bucket, rate_per_s=rate_per_s, burst=burst)
        return taken

    def _new(self, bucket: str, rate_per_s: float, burst: int) -> Purse:
        if len(self._purses) >= MAX_PURSES:  # whoever is limited may have as many names as they like
            del self._purses[next(iter(self._purses))]
        purse = self._purses[bucket] = Purse(bucket, rate_per_s, burst)
        return purse

    async def _refill(self, purse: Purse) -> Taken | None:
        """None when Redis does not say."""
        now = monotonic()
        if now < purse.empty_until:
            return Taken(purse.empty_until - now, 0)
        if now < self._away_until:
            return None
        waiter: Waiter = asyncio.get_running_loop().create_future()
        purse.waiting.append(waiter)
        self._ask_for(purse)
        return await waiter

    def _ask_for(self, purse: Purse) -> None:
        if purse.is_asking:
            return
        purse.is_asking = True
        self._asking.append(purse)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._asking:
                batch, self._asking = self._asking[:BATCH], self._asking[BATCH:]
                waiters = [_waiting(purse) for purse in batch]
                answers = await self._call(batch, [len(waiting) for waiting in waiters])
                for number, (purse, waiting) in enumerate(zip(batch, waiters, strict=True)):
                    if answers is None:
                        _set_none(waiting)
                        continue
                    granted, wait_us, left = answers[3 * number : 3 * number + 3]
                    purse.fill(granted, wait_us / 1_000_000, left, monotonic(), waiting)
        finally:
            self._sender = None

    async def _call(self, batch: list[Purse], waiting: list[int]) -> list[int] | None:
        """For each: tokens granted, µs until there are more if there were too few, tokens left; None: no answer."""
        if monotonic() < self._away_until:
            return None
        wanted = [max(purse.lot, waiters) for purse, waiters in zip(batch, waiting, strict=True)]
        limits = [(purse.per_token_us, purse.burst, n) for purse, n in zip(batch, wanted, strict=True)]
        try:
            async with asyncio.timeout(self._timeout_s):
                answers = await self._script(
                    keys=[_key(purse.bucket) for purse in batch],
                    args=[number for limit in limits for number in limit],
                )
            return [int(number) for number in answers]
        except Exception as error:  # the port never raises, not even for a fault of ours
            self._away_until = monotonic() + self._back_off_s
            _log.warning("rate_limiter_is_local", error=f"{type(error).__name__}: {error}")
            return None


def _waiting(purse: Purse) -> list[Waiter]:
    """Those who come from now on ask anew."""
    waiting, purse.waiting, purse.is_asking = purse.waiting, [], False
    return waiting


def _set_none(waiters: list[Waiter]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _key(bucket: str) -> bytes:
    # Whoever is limited may have chosen the name; one that cannot be encoded must not look like an outage.
    return f"gateway:bucket:{bucket}".encode(errors="surrogatepass")
