"""Tokens of one bucket that this process has bought and not yet spent."""

import asyncio
from dataclasses import dataclass, field

from ports.rate_limiter import Taken

AHEAD_S = 0.05  # so much of a bucket's rate is bought at once

Waiter = asyncio.Future[Taken | None]  # None: Redis did not say


@dataclass(slots=True, eq=False)
class Purse:
    """Buys in small lots, so that a busy bucket costs a call every few dozen requests and not one each."""

    bucket: str
    rate_per_s: float
    burst: int
    tokens: int = 0
    left: int = 0  # in the bucket, when we last heard
    empty_until: float = 0.0  # of the monotonic clock: before that, asking is in vain
    is_asking: bool = False
    waiting: list[Waiter] = field(default_factory=list)

    @property
    def per_token_us(self) -> int:
        return max(1, round(1_000_000 / self.rate_per_s))

    @property
    def lot(self) -> int:
        """At most what the rate gives back in AHEAD_S: a slow bucket's tokens are bought one by one."""
        return max(1, min(self.burst, round(self.rate_per_s * AHEAD_S)))

    def spend(self) -> Taken | None:
        if not self.tokens:
            return None
        self.tokens -= 1
        return Taken(0.0, self.left + self.tokens)

    def is_low(self) -> bool:
        return self.tokens <= self.lot // 2

    def fill(self, granted: int, wait_s: float, left: int, now_s: float, waiters: list[Waiter]) -> None:
        """Those who wait are served first, in their order; one who has given up leaves the token to the next."""
        self.tokens += granted
        self.left = left
        self.empty_until = now_s + wait_s
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(self.spend() or Taken(wait_s, 0))
