"""What this process knows of each endpoint's health, so that not every delivery asks for it and writes it down."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.endpoint import PRECISION

FAILING_PRECISION = timedelta(minutes=1)
MAX_ENDPOINTS = 10_000


@dataclass
class Pulse:
    """One per worker process; what it does not know is looked up once more.

    Hundreds of deliveries to an endpoint may be under way when the time has come to note that it answers. If
    each of them did, all but one would find the row changed, and begin again.
    """

    _last: dict[str, tuple[bool, datetime]] = field(default_factory=dict, init=False)

    def is_news(self, endpoint_id: str, succeeded: bool, *, at: datetime) -> bool:
        """Whether the endpoint's health should be judged by this outcome: the first who is told so is to do it,
        and to `forget` if that fails."""
        before, since = self._last.get(endpoint_id, (None, at))
        if before is succeeded and abs(at - since) < (PRECISION if succeeded else FAILING_PRECISION):
            return False
        if len(self._last) >= MAX_ENDPOINTS:
            del self._last[next(iter(self._last))]
        self._last[endpoint_id] = (succeeded, at)
        return True

    def forget(self, endpoint_id: str) -> None:
        self._last.pop(endpoint_id, None)
