"""Forget what has been kept long enough."""

from dataclasses import dataclass
from datetime import timedelta

from core.domain.idempotency import KEEP_HOURS
from ports.clock import Clock
from ports.retention import Retention

BATCH = 1_000


@dataclass(frozen=True)
class Purge:
    """A part at a time, so that nobody waits behind it; run it again while it says that there was more."""

    retention: Retention
    clock: Clock
    attempts_days: float = 30
    events_days: float = 90

    async def __call__(self) -> bool:
        """Whether there may be more. Raises Unavailable."""
        now, forget = self.clock(), self.retention
        await forget.make_room(now)
        old, older = now - timedelta(days=self.attempts_days), now - timedelta(days=self.events_days)
        more = [  # what refers to others goes before them
            await forget.forget_attempts(old, limit=BATCH),
            await forget.forget_deliveries(older, limit=BATCH),
            await forget.forget_events(older, limit=BATCH),
            await forget.forget_keys(now - timedelta(hours=KEEP_HOURS), limit=BATCH),
        ]
        return any(more)
