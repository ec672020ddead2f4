"""How often somebody may ask."""

from typing import NamedTuple, Protocol


class Taken(NamedTuple):
    """What came of asking for a token."""

    wait_s: float  # 0 when there was one, else the seconds until there is
    left: int  # how many more could be taken at once, as far as is known


class RateLimiter(Protocol):
    """Token buckets, one per name. Never raises: when its server is away, a local bucket serves."""

    async def take(self, bucket: str, *, rate_per_s: float, burst: int) -> Taken:
        """Take one token of a bucket that holds `burst` and gets `rate_per_s` back."""
        ...
