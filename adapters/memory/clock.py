"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class MemoryClock:
    """See `ports.clock.Clock`."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """`advance(minutes=5)`."""
        self.now += timedelta(**by)
