"""Forgetting what nobody needs any more, a batch at a time."""

from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """Each call forgets at most `limit` rows made before a time, and says how many. Raises Unavailable."""

    async def forget_attempts(self, before: datetime, *, limit: int) -> int:
        """The log of single attempts at deliveries; the deliveries stay."""
        ...

    async def forget_keys(self, before: datetime, *, limit: int) -> int:
        """Idempotency keys, which mean nothing after 24 hours."""
        ...
