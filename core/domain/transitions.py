"""The state machine of a payment: what each outcome of each operation does, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from core.domain.event import Fact
from core.domain.operation import Cause, Kind, Operation, OperationStatus
from core.domain.order import Capture, Order
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
_REVERSE = Then.REVERSE_BY_VOID

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
    (FAILED, Step.SALE, Approved): Edge(FAILED, then=_REVERSE),
    (FAILED, Step.HOLD, Approved): Edge(FAILED, then=_REVERSE),
    (VOIDED, Step.CAPTURE, Approved): Edge(VOIDED, then=_REVERSE),
    (FAILED, Step.REVERSE_VOID, Approved): Edge(FAILED, ("payment.reversed",), _mark_reversed),
    (FAILED, Step.REVERSE_VOID, Declined): Edge(FAILED, then=Then.REVERSE_BY_REFUND),
    (FAILED, Step.REVERSE_REFUND, Approved): Edge(FAILED, ("payment.reversed",), _mark_reversed),
    (FAILED, Step.REVERSE_REFUND, Declined): Edge(FAILED, then=Then.REVERSE_TOMORROW),
    (VOIDED, Step.REVERSE_VOID, Approved): Edge(VOIDED, ("payment.reversed",), _mark_reversed),
    (VOIDED, Step.REVERSE_VOID, Declined): Edge(VOIDED, then=Then.REVERSE_BY_REFUND),
    (VOIDED, Step.REVERSE_REFUND, Approved): Edge(VOIDED, ("payment.reversed",), _mark_reversed),
    (VOIDED, Step.REVERSE_REFUND, Declined): Edge(VOIDED, then=Then.REVERSE_TOMORROW),
}


def settle(payment: Payment, operation: Operation, outcome: Final, order: Order, *, at: datetime) -> Settled:
    """Write an outcome into operation, payment and order. An outcome that changes nothing returns no facts."""
    late = operation.status is not OperationStatus.OPEN
    if late and not _is_news(payment, operation, outcome):
        return Settled([])
    refund_fits = _release(payment, operation, late=late)
    if not refund_fits and isinstance(outcome, Approved):
        operation.code = "late_success_exceeds_captured"  # `gateway verify` shows it to a person
        return Settled([])
    _note(operation, outcome, at)
    if operation.kind in (Kind.AUTHORIZE, Kind.RESUME):
        payment.reference = operation.reference or payment.reference
    edge = TRANSITIONS.get((payment.status, step_of(payment, operation), type(outcome)))
    if edge is None or (edge.then is _REVERSE and payment.reversal is not None):
        return Settled([])
    return _follow(edge, payment, operation, outcome, order, at)


def step_of(payment: Payment, operation: Operation) -> Step:
    match operation.kind, operation.cause:
        case Kind.VOID, Cause.REVERSAL:
            return Step.REVERSE_VOID
        case Kind.REFUND, Cause.REVERSAL:
            return Step.REVERSE_REFUND
        case Kind.VOID, Cause.EXPIRED:
            return Step.LAPSE
        case ((Kind.AUTHORIZE | Kind.RESUME), _):
            return Step.SALE if payment.capture is Capture.AUTOMATIC else Step.HOLD
        case kind, _:
            return Step(kind.value)


def _follow(
    edge: Edge, payment: Payment, operation: Operation, outcome: Final, order: Order, at: datetime
) -> Settled:
    if edge.effect is not None:
        edge.effect(payment, operation, outcome)
    payment.status = edge.to
    payment.updated_at = at
    if operation.kind is Kind.RESUME and isinstance(outcome, ActionRequired):
        return Settled([])
    if "order.paid" in edge.events:
        order.pay(payment.amount_captured, at=at)
    subjects = {"order": order, "refund": operation, "payment": payment}
    facts = [payment.fact(name, subjects[name.partition(".")[0]]) for name in edge.events]
    return Settled(facts, edge.then)


def _is_news(payment: Payment, operation: Operation, outcome: Final) -> bool:
    """Whether an operation that was settled before is reported to have ended otherwise."""
    if operation.kind is Kind.AUTHORIZE and payment.status is PENDING:
        return False  # a RESUME is open, whose own outcome says the same
    match operation.status, outcome:
        case OperationStatus.DECLINED, Approved():
            return True
        case OperationStatus.ACTION_REQUIRED, (Approved() | Declined()):
            return True
    return False


def _release(payment: Payment, operation: Operation, *, late: bool) -> bool:
    """Let go of what the operation held open; False for a late refund that no longer fits."""
    if operation.is_refund:
        if late:
            return operation.amount.minor <= payment.refundable
        payment.refund_reserved -= operation.amount.minor
    elif not late and payment.pending_operation is operation.kind and operation.cause is not Cause.REVERSAL:
        payment.pending_operation = None
    return True


def _note(operation: Operation, outcome: Final, at: datetime) -> None:
    operation.settled_at = at
    operation.reference = outcome.reference or operation.reference
    match outcome:
        case Approved():
            operation.status, operation.code, operation.description = OperationStatus.APPROVED, None, None
        case Declined(code, description):
            operation.status = OperationStatus.DECLINED
            operation.code, operation.description = code, description
        case ActionRequired():
            operation.status = OperationStatus.ACTION_REQUIRED
