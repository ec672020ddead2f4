"""The time of day in a history, and as each process believes it to be."""

import asyncio
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class WorldClock:
    """The database's time. It goes with the loop's, and further by what was skipped."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._skipped_s = 0.0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """Since the beginning."""
        return self._loop.time() + self._skipped_s

    def loop_time(self) -> float:
        """What a stopwatch shows that does not notice what is skipped."""
        return self._loop.time()

    def skip(self, seconds: float) -> None:
        """So much time goes by during which nobody does anything."""
        assert seconds >= 0
        self._skipped_s += seconds


class ProcessClock:
    """See `ports.clock.Clock`. It may be wrong by minutes."""

    def __init__(self, clock: WorldClock, skew_s: float) -> None:
        self._clock = clock
        self.skew_s = skew_s

    def __call__(self) -> datetime:
        return self._clock() + timedelta(seconds=self.skew_s)
