"""The state machine of a payment: what each outcome of each operation does, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto

from core.domain.event import Fact
from core.domain.operation import Operation
from core.domain.outcome import ActionRequired, Approved, Declined, Final
from core.domain.payment import Payment, Reversal, Status

PENDING, REQUIRES_ACTION, AUTHORIZED = Status.PENDING, Status.REQUIRES_ACTION, Status.AUTHORIZED
SUCCESS, FAILED, VOIDED = Status.SUCCESS, Status.FAILED, Status.VOIDED


class Step(StrEnum):
    """An operation as the table sees it: SALE and HOLD are AUTHORIZE or RESUME, LAPSE a VOID at expiry."""

    SALE = auto()
    HOLD = auto()
    CAPTURE = auto()
    VOID = auto()
    LAPSE = auto()
    REFUND = auto()
    REVERSE_VOID = auto()
    REVERSE_REFUND = auto()


class Then(StrEnum):
    """What an edge makes us owe."""

    EXPIRE_CHALLENGE = auto()
    EXPIRE_HOLD = auto()
    REVERSE_BY_VOID = auto()
    REVERSE_BY_REFUND = auto()
    REVERSE_TOMORROW = auto()


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling made happen."""

    facts: list[Fact]
    then: Then | None = None


Effect = Callable[[Payment, Operation, Final], None]


@dataclass(frozen=True, slots=True)
class Edge:
    """To which status, with which events, changing what, owing what."""

    to: Status
    events: tuple[str, ...] = ()
    effect: Effect | None = None
    then: Then | None = None


def _take_all(payment: Payment, operation: Operation, outcome: Final) -> None:
    payment.amount_captured = operation.amount.minor


def _decline(payment: Payment, operation: Operation, outcome: Final) -> None:
    assert isinstance(outcome, Declined)
    payment.error_code, payment.decline_code = "PAYMENT_FAILED", outcome.code
    payment.error_description = outcome.description


def _challenge(payment: Payment, operation: Operation, outcome: Final) -> None:
    assert isinstance(outcome, ActionRequired)
    payment.next_action_url = outcome.url
    payment.next_action_expires_at = payment.next_action_expires_at or outcome.expires_at


def _give_back(payment: Payment, operation: Operation, outcome: Final) -> None:
    payment.amount_refunded += operation.amount.minor


def _mark_reversed(payment: Payment, operation: Operation, outcome: Final) -> None:
    payment.reversal = Reversal.DONE


_PAID = ("payment.success", "order.paid")
REVERSE = Then.REVERSE_BY_VOID

TRANSITIONS: dict[tuple[Status, Step, type[Final]], Edge] = {
    (PENDING, Step.SALE, Approved): Edge(SUCCESS, _PAID, _take_all),
    (PENDING, Step.HOLD, Approved): Edge(AUTHORIZED, ("payment.authorized",), None, Then.EXPIRE_HOLD),
    (PENDING, Step.SALE, Declined): Edge(FAILED, ("payment.failed",), _decline),
    (PENDING, Step.HOLD, Declined): Edge(FAILED, ("payment.failed",), _decline),
    # A first challenge is told and gets its expiry; RESUME finding it still open does neither (see settle).
    (PENDING, Step.SALE, ActionRequired): Edge(
        REQUIRES_ACTION, ("payment.requires_action",), _challenge, Then.EXPIRE_CHALLENGE
    ),
    (PENDING, Step.HOLD, ActionRequired): Edge(
        REQUIRES_ACTION, ("payment.requires_action",), _challenge, Then.EXPIRE_CHALLENGE
    ),
    # The expired challenge turns out to have been answered.
    (REQUIRES_ACTION, Step.SALE, Approved): Edge(SUCCESS, _PAID, _take_all),
    (REQUIRES_ACTION, Step.HOLD, Approved): Edge(AUTHORIZED, ("payment.authorized",), None, Then.EXPIRE_HOLD),
    (REQUIRES_ACTION, Step.SALE, Declined): Edge(FAILED, ("payment.failed",), _decline),
    (REQUIRES_ACTION, Step.HOLD, Declined): Edge(FAILED, ("payment.failed",), _decline),
    (AUTHORIZED, Step.CAPTURE, Approved): Edge(SUCCESS, _PAID, _take_all),
    (AUTHORIZED, Step.CAPTURE, Declined): Edge(AUTHORIZED, ("payment.capture_failed",)),
    (AUTHORIZED, Step.VOID, Approved): Edge(VOIDED, ("payment.voided",)),
    (AUTHORIZED, Step.VOID, Declined): Edge(AUTHORIZED, ("payment.void_failed",)),
    (AUTHORIZED, Step.LAPSE, Approved): Edge(VOIDED, ("payment.voided",)),
    # The caller has asked after a capture first: there was none, so the processor let go of the hold itself.
    (AUTHORIZED, Step.LAPSE, Declined): Edge(VOIDED, ("payment.voided",)),
    (SUCCESS, Step.REFUND, Approved): Edge(SUCCESS, ("refund.processed",), _give_back),
    (SUCCESS, Step.REFUND, Declined): Edge(SUCCESS, ("refund.failed",)),
    # A charge after all: given back, by what the processor accepts.
    (FAILED, Step.SALE, Approved): Edge(FAILED, then=REVERSE),
    (FAILED, Step.HOLD, Approved): Edge(FAILED, then=REVERSE),
    (VOIDED, Step.CAPTURE, Approved): Edge(VOIDED, then=REVERSE),
    (FAILED, Step.REVERSE_VOID, Approved): Edge(FAILED, ("payment.reversed",), _mark_reversed),
    (FAILED, Step.REVERSE_VOID, Declined): Edge(FAILED, then=Then.REVERSE_BY_REFUND),
    (FAILED, Step.REVERSE_REFUND, Approved): Edge(FAILED, ("payment.reversed",), _mark_reversed),
    (FAILED, Step.REVERSE_REFUND, Declined): Edge(FAILED, then=Then.REVERSE_TOMORROW),
    (VOIDED, Step.REVERSE_VOID, Approved): Edge(VOIDED, ("payment.reversed",), _mark_reversed),
    (VOIDED, Step.REVERSE_VOID, Declined): Edge(VOIDED, then=Then.REVERSE_BY_REFUND),
    (VOIDED, Step.REVERSE_REFUND, Approved): Edge(VOIDED, ("payment.reversed",), _mark_reversed),
    (VOIDED, Step.REVERSE_REFUND, Declined): Edge(VOIDED, then=Then.REVERSE_TOMORROW),
}
