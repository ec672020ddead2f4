"""Forget what has been kept long enough."""

from dataclasses import dataclass
from datetime import timedelta

from core.domain.idempotency import KEEP_HOURS
from ports.clock import Clock
from ports.retention import Retention

BATCH = 1_000


@dataclass(frozen=True)
class Purge:
    """Small batches, so that nobody waits behind one; run it again while it says that there was more."""

    retention: Retention
    clock: Clock
    attempts_days: float = 30

    async def __call__(self) -> bool:
        """Whether there may be more. Raises Unavailable."""
        now = self.clock()
        attempts = await self.retention.forget_attempts(now - timedelta(days=self.attempts_days), limit=BATCH)
        keys = await self.retention.forget_keys(now - timedelta(hours=KEEP_HOURS), limit=BATCH)
        return BATCH in (attempts, keys)
