"""How far each event has got on its way to each endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.merchant import Account


class DeliveryStatus(StrEnum):
    """Pending between attempts as well."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


@dataclass(slots=True)
class Delivery:
    """One event owed to one endpoint; `attempts` counts from the last time it was set going."""

    id: Final[str]
    account: Final[Account]
    event_id: Final[str]
    endpoint_id: Final[str]
    event: Final[str]
    created_at: Final[datetime]
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    replayed: bool = False
    last_attempt_at: datetime | None = None
    next_retry_at: datetime | None = None
    response_code: int | None = None
    version: int = 0

    def record(self, attempt: "Attempt", retry_at: datetime | None) -> None:
        """Write down how one try ended; `retry_at` is when the next one is due, if one is left."""
        self.attempts += 1
        self.last_attempt_at = attempt.created_at
        self.response_code = attempt.response_code
        self.next_retry_at = None if attempt.succeeded else retry_at
        if attempt.succeeded:
            self.status = DeliveryStatus.SUCCESS
        elif retry_at is None:
            self.status = DeliveryStatus.FAILED

    def give_up(self) -> None:
        """End it without a try: nobody listens any more."""
        self.status = DeliveryStatus.FAILED
        self.next_retry_at = None

    def retry(self, *, at: datetime) -> None:
        """Start over with the full number of attempts, also after a success."""
        self.status = DeliveryStatus.PENDING
        self.attempts = 0
        self.next_retry_at = at


@dataclass(slots=True)
class Attempt:
    """One try at a delivery, recorded when the POST has ended. `error` is in a merchant's words.

    `request_headers` are those we signed and named, without the values that the merchant wants kept secret;
    `timings` are whole milliseconds by phase, of those phases that came to an end.
    """

    id: Final[str]
    delivery_id: Final[str]
    number: Final[int]
    created_at: Final[datetime]
    duration_ms: Final[int]
    response_code: Final[int | None]
    response_body: Final[str]
    error: Final[str | None]
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    timings: dict[str, int] = field(default_factory=dict)
    version: int = 0

    @property
    def succeeded(self) -> bool:
        return self.response_code is not None and 200 <= self.response_code < 300


SECRET_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authenticate", "www-authenticate"})


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """A receiver's headers, by names in small letters, as they may be kept."""
    return {name: "***" if name in SECRET_HEADERS else value for name, value in headers.items()}
