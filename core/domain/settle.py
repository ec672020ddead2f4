"""Write an outcome into operation, payment and order, along the edges of the table."""

from datetime import datetime

from core.domain.operation import Cause, Kind, Operation, OperationStatus
from core.domain.order import Capture, Order
from core.domain.outcome import ActionRequired, Approved, Declined, Final
from core.domain.payment import Payment, Status
from core.domain.transitions import TRANSITIONS, Edge, Settled, Step, Then

# A refund that the processor made after all, and that does not fit: `gateway verify` shows it to a person.
EXCEEDS = "late_success_exceeds_captured"


def settle(payment: Payment, operation: Operation, outcome: Final, order: Order, *, at: datetime) -> Settled:
    """Write an outcome into operation, payment and order. An outcome that changes nothing returns no facts."""
    may_challenge = operation.kind in (Kind.AUTHORIZE, Kind.RESUME)
    assert may_challenge or not isinstance(outcome, ActionRequired), operation.kind
    late = operation.status is not OperationStatus.OPEN
    if late and not _is_news(payment, operation, outcome):
        return Settled([])
    refund_fits = _release(payment, operation, late=late)
    if not refund_fits and isinstance(outcome, Approved):
        operation.code = EXCEEDS
        return Settled([])
    _note(operation, outcome, at)
    if may_challenge:
        payment.reference = operation.reference or payment.reference
    edge = TRANSITIONS.get((payment.status, step_of(payment, operation), type(outcome)))
    if edge is None or (edge.then is Then.REVERSE_BY_VOID and payment.reversal is not None):
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
    if operation.kind is Kind.AUTHORIZE and payment.status is Status.PENDING:
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
