"""Token buckets of one process."""

from collections import OrderedDict
from datetime import UTC, datetime, timedelta

from ports.clock import Clock
from ports.rate_limiter import Taken

MAX_BUCKETS = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class MemoryRateLimiter:
    """See `ports.rate_limiter.RateLimiter`. Beyond `max_buckets` those unused for longest are forgotten."""

    def __init__(self, clock: Clock, *, max_buckets: int = MAX_BUCKETS) -> None:
        self._clock = clock
        self._max_buckets = max_buckets
        # When each will be full again, in µs (GCRA, the same as counting tokens). Whole µs, because
        # fractions would refuse the last token of a burst.
        self._full_at: OrderedDict[str, int] = OrderedDict()

    async def take(self, bucket: str, *, rate_per_s: float, burst: int) -> Taken:
        now = (self._clock() - EPOCH) // TICK
        per_token = max(1, round(1_000_000 / rate_per_s))
        full_in = min(max(self._full_at.get(bucket, now) - now, 0), per_token * burst) + per_token
        wait = max(0, full_in - per_token * burst)
        if wait == 0:
            self._full_at[bucket] = now + full_in
            self._full_at.move_to_end(bucket)
            if len(self._full_at) > self._max_buckets:
                self._full_at.popitem(last=False)
        left = max(0, per_token * burst - full_in) // per_token
        return Taken(wait / 1_000_000, left)
