"""One step of a payment with its processor: requested, then settled by an outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.merchant import Account
from core.domain.money import Money


class Kind(StrEnum):
    AUTHORIZE = "authorize"
    RESUME = "resume"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Cause(StrEnum):
    """Why it was requested: asked for, a hold whose time is over, or a charge that must be given back."""

    REQUESTED = "requested"
    EXPIRED = "expired"
    REVERSAL = "reversal"


class OperationStatus(StrEnum):
    """What its outcome was; `open` until there is one."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"


@dataclass(slots=True)
class Operation:
    """Its id is the processor's idempotency key, so asking twice moves money once."""

    id: Final[str]
    payment_id: Final[str]
    account: Final[Account]
    kind: Final[Kind]
    amount: Final[Money]
    created_at: Final[datetime]
    cause: Final[Cause] = Cause.REQUESTED
    reason: Final[str | None] = None
    status: OperationStatus = OperationStatus.OPEN
    reference: str = ""
    code: str | None = None
    description: str | None = None
    settled_at: datetime | None = None
    version: int = 0

    @property
    def is_refund(self) -> bool:
        """Whether a merchant asked for it; the refund of a reversal is ours alone."""
        return self.kind is Kind.REFUND and self.cause is not Cause.REVERSAL
