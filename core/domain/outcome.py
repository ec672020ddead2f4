"""What a processor may answer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """Done. `reference` is the processor's name for it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Refused for good. `code` is stable (`insufficient_funds`), `description` is for people."""

    code: str
    description: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ActionRequired:
    """The shopper has to prove who they are at `url` before `expires_at` (3-D Secure)."""

    url: str
    expires_at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Taken, not decided: ask again (without moving money) from `ask_again_at` on."""

    ask_again_at: datetime
    reference: str


Final = Approved | Declined | ActionRequired
Outcome = Final | Pending
