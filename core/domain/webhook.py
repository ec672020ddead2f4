"""Where a merchant listens, and how far each event has got on its way there."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.merchant import Account


@dataclass(slots=True)
class Endpoint:
    """A merchant's receiver. `events` empty means all; secrets are sealed by the cipher.

    During a rotation the old secret signs beside the new one until `old_secret_until`.
    """

    id: str
    account: Account
    url: str
    events: tuple[str, ...]
    description: str | None
    secret: str = field(repr=False)
    created_at: datetime
    enabled: bool = True
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    deleted_at: datetime | None = None
    version: int = 0

    @property
    def listens(self) -> bool:
        return self.enabled and self.deleted_at is None

    def wants(self, event: str) -> bool:
        """Whether the filter lets the event through: an exact name, or `payment.*` for a family."""
        family = event.partition(".")[0] + ".*"
        return not self.events or event in self.events or family in self.events


class DeliveryStatus(StrEnum):
    """Pending between attempts as well."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"


@dataclass(slots=True)
class Delivery:
    """One event owed to one endpoint; `attempts` counts from the last time it was set going."""

    id: str
    account: Account
    event_id: str
    endpoint_id: str
    event: str
    created_at: datetime
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
    """One try at a delivery, recorded when the POST has ended. `error` is in a merchant's words."""

    id: str
    delivery_id: str
    number: int
    created_at: datetime
    duration_ms: int
    response_code: int | None
    response_body: str
    error: str | None
    version: int = 0

    @property
    def succeeded(self) -> bool:
        return self.response_code is not None and 200 <= self.response_code < 300
