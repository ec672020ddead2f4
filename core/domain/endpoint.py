"""Where a merchant listens, and whether anybody answers there."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.domain.merchant import Account

DEAD_AFTER = timedelta(days=5)
PRECISION = timedelta(hours=1)


class DisabledReason(StrEnum):
    """Why nothing is sent to an endpoint any more."""

    MERCHANT = "merchant"  # the merchant wants it so
    GONE = "gone"  # the receiver answered 410 Gone
    FAILING = "failing"  # nothing has succeeded for five days


@dataclass(slots=True)
class Endpoint:
    """A merchant's receiver. `events` empty means all; secrets are sealed by the cipher, as are the
    headers that the merchant wants sent, as a JSON object.

    During a rotation the old secret signs beside the new one until `old_secret_until`.
    """

    id: Final[str]
    account: Final[Account]
    url: str
    events: tuple[str, ...]
    description: str | None
    secret: str = field(repr=False)
    created_at: Final[datetime]
    enabled: bool = True
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None
    deleted_at: datetime | None = None
    header_names: tuple[str, ...] = ()
    sealed_headers: str | None = field(default=None, repr=False)
    disabled_reason: DisabledReason | None = None
    disabled_at: datetime | None = None
    version: int = 0

    @property
    def listens(self) -> bool:
        return self.enabled and self.deleted_at is None

    def enable(self) -> None:
        self.enabled, self.disabled_reason, self.disabled_at = True, None, None

    def disable(self, reason: DisabledReason, *, at: datetime) -> None:
        """The first reason stays."""
        if self.enabled:
            self.enabled, self.disabled_reason, self.disabled_at = False, reason, at

    def wants(self, event: str) -> bool:
        """Whether the filter lets the event through: an exact name, or `payment.*` for a family."""
        family = event.partition(".")[0] + ".*"
        return not self.events or event in self.events or family in self.events


@dataclass(slots=True)
class EndpointHealth:
    """How long an endpoint, whose id this is, has failed everything. Apart from the endpoint, which every payment
    reads, and written at most twice an hour: a success is noted when the last one noted is older than that."""

    id: Final[str]
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    version: int = 0

    def tells(self, succeeded: bool, *, at: datetime) -> bool:
        """Whether this outcome is worth writing down."""
        if succeeded:
            return self.succeeded_at is None or at - self.succeeded_at >= PRECISION
        return self.failing_since is None

    def note(self, succeeded: bool, *, at: datetime) -> None:
        if not self.tells(succeeded, at=at):
            return
        if succeeded:
            self.succeeded_at, self.failing_since = at, None
        else:
            self.failing_since = at

    def is_dead(self, *, at: datetime) -> bool:
        """Whether everything has failed for five days, an unnoted success allowed for."""
        if self.failing_since is None:
            return False
        may_have_succeeded_at = self.succeeded_at + PRECISION if self.succeeded_at else self.failing_since
        return at - max(self.failing_since, may_have_succeeded_at) >= DEAD_AFTER
