"""How often somebody may ask."""

from typing import Protocol


class RateLimiter(Protocol):
    """Token buckets, one per name. Never raises: when its server is away, a local bucket serves."""

    async def take(self, bucket: str, *, rate_per_s: float, burst: int) -> float:
        """Take one token; 0 when there was one, else the seconds until there is."""
        ...
