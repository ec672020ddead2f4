"""Who sells, and the keys they hold."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """Test and live never see each other."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Account:
    """One merchant in one mode: the owner of everything else."""

    merchant_id: str
    mode: Mode


@dataclass(slots=True)
class Merchant:
    """A seller. Signing secrets (one per mode) are sealed by the cipher; they sign what the browser carries."""

    id: str
    name: str
    email: str
    test_signing_secret: str = field(repr=False)
    live_signing_secret: str = field(repr=False)
    created_at: datetime
    checkout_origins: tuple[str, ...] = ()
    return_urls: tuple[str, ...] = ()
    theme: dict[str, str] = field(default_factory=dict)
    version: int = 0

    def signing_secret(self, mode: Mode) -> str:
        return self.live_signing_secret if mode is Mode.LIVE else self.test_signing_secret


@dataclass(slots=True)
class ApiKey:
    """An API key; its id is its public half, and only a keyed hash of its secret is kept."""

    id: str
    account: Account
    secret_hash: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    version: int = 0
