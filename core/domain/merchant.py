"""Who sells, and the keys they hold."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.domain.errors import Refused


class Mode(StrEnum):
    """Test and live never see each other."""

    TEST = "test"
    LIVE = "live"


class Scope(StrEnum):
    """What a key may do: everything; look; or pay an order that exists already and see what came of it."""

    FULL = "full"
    READ_ONLY = "read_only"
    CHECKOUT = "checkout"


@dataclass(frozen=True, slots=True)
class Account:
    """One merchant in one mode: the owner of everything else."""

    merchant_id: str
    mode: Mode


@dataclass(slots=True)
class Merchant:
    """A seller. Signing secrets (one per mode) are sealed by the cipher; they sign what the browser carries."""

    id: Final[str]
    name: str
    email: str
    test_signing_secret: str = field(repr=False)
    live_signing_secret: str = field(repr=False)
    created_at: Final[datetime]
    checkout_origins: tuple[str, ...] = ()
    return_urls: tuple[str, ...] = ()
    theme: dict[str, str] = field(default_factory=dict)
    version: int = 0

    def signing_secret(self, mode: Mode) -> str:
        return self.live_signing_secret if mode is Mode.LIVE else self.test_signing_secret


@dataclass(slots=True)
class ApiKey:
    """An API key; its id is its public half, and only a keyed hash of its secret is kept."""

    id: Final[str]
    account: Final[Account]
    secret_hash: Final[str] = field(repr=False)
    created_at: Final[datetime]
    revoked_at: datetime | None = None
    scope: Scope = Scope.FULL
    description: str | None = None
    secret_prefix: str | None = None  # enough of the secret to recognise it by; too little to guess it
    expires_at: datetime | None = None
    replaced_by: str | None = None
    version: int = 0

    def is_good(self, at: datetime) -> bool:
        """Whether it opens the door at that time."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def revoke(self, *, at: datetime) -> bool:
        """For good, and at once. False when it was revoked before."""
        if self.revoked_at is not None:
            return False
        self.revoked_at = at
        return True

    def roll(self, new: "ApiKey", *, at: datetime, overlap: timedelta) -> None:
        """Make `new` its successor, and end with the overlap. Raises Refused unless it is the newest of its line.

        A key that was made to expire has a successor that lives as long as it did.
        """
        if not self.is_good(at) or self.replaced_by is not None:
            raise Refused(
                "api_key_not_active", "This key has ended or was rolled before. Roll its successor."
            )
        assert new.account == self.account
        new.scope, new.description = self.scope, self.description
        new.expires_at = None if self.expires_at is None else at + (self.expires_at - self.created_at)
        self.replaced_by = new.id
        ends_at = at + overlap
        self.expires_at = ends_at if self.expires_at is None else min(self.expires_at, ends_at)
