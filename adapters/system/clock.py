"""This machine's clock, corrected by what the database says the time is."""

import time
from datetime import UTC, datetime, timedelta


class CalibratedClock:
    """See `ports.clock.Clock`. Uncalibrated it shows the machine's own time."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def calibrate(self, asked_at: float, database_time: datetime) -> None:
        """`asked_at` is `time.time()` just before the question; the answer was made halfway until now."""
        answered_at = time.time()
        middle = datetime.fromtimestamp((asked_at + answered_at) / 2, UTC)
        self._offset = database_time - middle
