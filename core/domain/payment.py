"""One attempt to pay an order, and what may be asked of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.errors import Refused
from core.domain.event import Fact
from core.domain.instrument import CardToken, Instrument, Upi
from core.domain.merchant import Account
from core.domain.money import Money
from core.domain.operation import Cause, Kind, Operation
from core.domain.order import Capture, Order


class Status(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    SUCCESS = "success"
    FAILED = "failed"
    VOIDED = "voided"


class Method(StrEnum):
    UPI = "upi"
    CARD = "card"


class Reversal(StrEnum):
    """How far a charge that came after the payment had ended has been given back."""

    OPEN = "open"
    DONE = "done"


OPEN_STATUSES = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.AUTHORIZED})

# Which operation may be requested in which status, and how its refusal reads.
ALLOWED: dict[Kind, tuple[Status, str, str]] = {
    Kind.AUTHORIZE: (Status.PENDING, "payment_not_pending", "Payment not in pending state"),
    Kind.RESUME: (Status.REQUIRES_ACTION, "payment_not_resumable", "Payment awaits no authentication"),
    Kind.CAPTURE: (Status.AUTHORIZED, "payment_not_capturable", "Payment not in capturable state"),
    Kind.VOID: (Status.AUTHORIZED, "payment_not_voidable", "Payment not in voidable state"),
    Kind.REFUND: (Status.SUCCESS, "payment_not_refundable", "Payment not in refundable state"),
}


@dataclass(slots=True)
class Payment:
    """Amounts are minor units: 0 ≤ refunded + reserved ≤ captured ≤ amount. `sequence` counts its events."""

    id: Final[str]
    order_id: Final[str]
    account: Final[Account]
    amount: Final[Money]
    capture: Final[Capture]
    method: Final[Method]
    token: Final[str] = field(repr=False)
    vpa: Final[str | None]
    card_network: Final[str | None]
    card_last4: Final[str | None]
    created_at: Final[datetime]
    updated_at: datetime
    status: Status = Status.PENDING
    pending_operation: Kind | None = None
    amount_captured: int = 0
    amount_refunded: int = 0
    refund_reserved: int = 0
    reference: str = ""
    error_code: str | None = None
    error_description: str | None = None
    decline_code: str | None = None
    next_action_url: str | None = None
    next_action_expires_at: datetime | None = None
    authorization_expires_at: datetime | None = None
    reversal: Reversal | None = None
    sequence: int = 0
    version: int = 0

    @classmethod
    def create(cls, id: str, order: Order, instrument: Instrument, *, at: datetime) -> "Payment":
        """A pending payment of the whole order. Raises Refused for what UPI cannot do."""
        method, vpa, network, last4 = _shown(instrument)
        if method is Method.UPI:
            _refuse_upi(order)
        return cls(
            id, order.id, order.account, order.amount, order.capture, method, instrument.token,
            vpa, network, last4, at, at,
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def refundable(self) -> int:
        return self.amount_captured - self.amount_refunded - self.refund_reserved

    def request(
        self, kind: Kind, id: str, amount: int, *, at: datetime, cause: Cause = Cause.REQUESTED,
        reason: str | None = None,
    ) -> Operation:  # fmt: skip
        """The operation, when the payment's state allows it. Raises Refused."""
        if cause is Cause.REVERSAL:
            assert self.status in (Status.FAILED, Status.VOIDED) and self.reversal is not Reversal.DONE
            self.reversal = Reversal.OPEN
        else:
            self._allow(kind, amount)
        if kind is Kind.RESUME:
            self.status = Status.PENDING
        elif kind is Kind.REFUND and cause is not Cause.REVERSAL:
            self.refund_reserved += amount
        elif kind in (Kind.CAPTURE, Kind.VOID) and cause is not Cause.REVERSAL:
            self.pending_operation = kind
        self.updated_at = at
        return Operation(id, self.id, self.account, kind, self.amount.of(amount), at, cause, reason)

    def _allow(self, kind: Kind, amount: int) -> None:
        status, reason, description = ALLOWED[kind]
        if self.status is not status:
            raise Refused(reason, description)
        if self.pending_operation is not None:
            raise Refused(
                "operation_in_progress",
                f"A {self.pending_operation} of this payment is in progress. Wait for its outcome.",
            )
        if kind is Kind.CAPTURE and amount > self.amount.minor:
            raise Refused(
                "capture_exceeds_authorized", "Capture amount exceeds authorized amount", field="amount"
            )
        if kind is Kind.REFUND and amount > self.refundable:
            raise Refused(
                "refund_exceeds_available", "Refund amount exceeds available amount", field="amount"
            )

    def fail(self, error: str, description: str, decline: str | None, *, at: datetime) -> None:
        self.status = Status.FAILED
        self.error_code, self.error_description, self.decline_code = error, description, decline
        self.updated_at = at

    def supersede(self, *, at: datetime) -> list[Fact]:
        """End an unanswered challenge because another payment of the order begins."""
        assert self.status is Status.REQUIRES_ACTION, self.status
        self.fail("superseded", "Another payment of the order was begun instead.", None, at=at)
        return [self.fact("payment.failed")]

    def abandon(self, *, at: datetime) -> list[Fact]:
        """End a challenge whose time is over and that the processor does not know as answered."""
        assert self.status is Status.REQUIRES_ACTION, self.status
        self.fail("authentication_abandoned", "The authentication was not completed in time.", None, at=at)
        return [self.fact("payment.failed")]

    def fact(self, name: str, subject: object = None) -> Fact:
        """The next fact in this payment's sequence, about itself unless said otherwise."""
        self.sequence += 1
        return Fact(name, self.sequence, self.account, self.id, subject or self)


def _shown(instrument: Instrument) -> tuple[Method, str | None, str | None, str | None]:
    """Its method, and what may be shown of it: the address, or the card's network and last four digits."""
    match instrument:
        case CardToken(network=network, last4=last4):
            return Method.CARD, None, network, last4
        case Upi(vpa):
            return Method.UPI, vpa, None, None


def _refuse_upi(order: Order) -> None:
    """UPI is INR and has no holds (NPCI's UPI procedural guidelines know no partial or later capture here)."""
    if order.amount.currency != "INR":
        raise Refused("upi_currency", "UPI pays INR only. Use a card for this order.", field="method")
    if order.capture is not Capture.AUTOMATIC:
        raise Refused(
            "upi_capture", "UPI captures automatically only. Use a card for this order.", field="method"
        )
