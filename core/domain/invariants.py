"""What must be true of stored rows: each function says in words, with ids, what is not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.event import Event
from core.domain.operation import Cause, Kind, Operation, OperationStatus
from core.domain.order import Capture, Order, OrderStatus
from core.domain.payment import Payment, Reversal, Status
from core.domain.settle import EXCEEDS
from core.domain.webhook import Delivery, DeliveryStatus

APPROVED, DECLINED, OPEN = OperationStatus.APPROVED, OperationStatus.DECLINED, OperationStatus.OPEN


class Movement(Protocol):
    """A line of a processor's book: one answered call, under the key of one of our operations.

    Minor units; `held` is what it put aside, `taken` what it took, `given_back` what it gave back."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def approved(self) -> bool: ...
    @property
    def held(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def given_back(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs: which invariant of `docs/reliability.md`, where, and how."""

    invariant: int
    id: str
    words: str

    def __str__(self) -> str:
        return f"({self.invariant}) {self.id}: {self.words}"


def of_amounts(payment: Payment, operations: Sequence[Operation]) -> Iterable[Difference]:
    """The row's amounts are in order, and are what its operations come to."""

    def differs(words: str) -> Difference:
        return Difference(1, payment.id, words)

    refunded, reserved, captured = payment.amount_refunded, payment.refund_reserved, payment.amount_captured
    if not (refunded >= 0 and reserved >= 0 and refunded + reserved <= captured <= payment.amount.minor):
        yield differs(f"refunded {refunded} + reserved {reserved} ≤ captured {captured} does not hold")
    refunds = [operation for operation in operations if operation.is_refund]
    if refunded != (approved := sum(op.amount.minor for op in refunds if op.status is APPROVED)):
        yield differs(f"refunded {refunded}, but its processed refunds come to {approved}")
    if reserved != (waiting := sum(op.amount.minor for op in refunds if op.status is OPEN)):
        yield differs(f"reserved {reserved}, but its open refunds come to {waiting}")
    if (captured > 0) is not (payment.status is Status.SUCCESS):
        yield differs(f"{payment.status}, but captured {captured}")
    if captured and captured not in [op.amount.minor for op in operations if _takes(payment, op)]:
        yield differs(f"captured {captured}, which no approved operation took")


def of_order(order: Order, payments: Sequence[Payment]) -> Iterable[Difference]:
    """At most one payment is open and one a success, and the order is paid by it."""
    if sum(payment.is_open for payment in payments) > 1:
        yield Difference(
            1, order.id, f"open payments: {_ids(payment for payment in payments if payment.is_open)}"
        )
    paid = [payment for payment in payments if payment.status is Status.SUCCESS]
    if len(paid) > 1:
        yield Difference(1, order.id, f"paid more than once: {_ids(paid)}")
    if order.amount_paid != sum(payment.amount_captured for payment in paid):
        yield Difference(1, order.id, f"paid {order.amount_paid}, but {_ids(paid)} came to something else")
    if (order.status is OrderStatus.PAID) is not bool(paid):
        yield Difference(1, order.id, f"{order.status}, with the successes {_ids(paid)}")
    if order.attempts != len(payments):
        yield Difference(1, order.id, f"counts {order.attempts} attempts and has {len(payments)}")


def of_book(
    payment: Payment, operations: Sequence[Operation], movements: Sequence[Movement]
) -> Iterable[Difference]:
    """Once all is terminal, the processor has what we say. `movements` are those under the operations' keys."""
    if payment.is_open or payment.refund_reserved or payment.reversal is Reversal.OPEN:
        return
    taken, given_back = sum(m.taken for m in movements), sum(m.given_back for m in movements)
    charges = [movement.key for movement in movements if movement.taken or movement.held]
    begun = [m.key for m in movements if (m.taken or m.held) and m.kind in (Kind.AUTHORIZE, Kind.RESUME)]
    if len(begun) > 1 or sum(1 for m in movements if m.taken) > 1:
        yield Difference(2, payment.id, f"charged more than once: {', '.join(charges)}")
    ours = payment.amount_captured - payment.amount_refunded
    if taken - given_back != ours:
        flagged = any(op.code == EXCEEDS for op in operations)
        words = f"the processor holds {taken} - {given_back}, we say {ours}"
        yield Difference(2, payment.id, words + (", and a late refund is flagged" if flagged else ""))
    voided = any(m.approved and m.kind is Kind.VOID for m in movements)
    if payment.status in (Status.FAILED, Status.VOIDED) and charges and not voided and not taken:
        yield Difference(2, payment.id, f"{payment.status}, but the processor still holds {charges[0]}")


def of_events(
    payment: Payment, operations: Sequence[Operation], events: Sequence[Event]
) -> Iterable[Difference]:
    """It was told exactly what happened to it, numbered without a gap."""
    numbers = sorted(event.sequence or 0 for event in events)
    if numbers != list(range(1, payment.sequence + 1)):
        yield Difference(3, payment.id, f"counts {payment.sequence} events, and they are numbered {numbers}")
    told = Counter(event.name for event in events)
    least, most = _expected(payment, operations)
    for name in sorted({*told, *most}):
        if not least[name] <= told[name] <= most[name]:
            yield Difference(
                3, payment.id, f"told {name} {told[name]} times, not {least[name]} to {most[name]}"
            )
    # One may have told nothing because another, which had told of its decline, turned out done meanwhile.
    declined = sum(op.status is DECLINED for op in operations if (op.kind, op.cause) in _HELD_OPERATIONS)
    if declined > sum(told[name] for name in _HELD_OPERATIONS.values()):
        yield Difference(
            3, payment.id, f"{declined} captures and voids were declined, and it was told of fewer"
        )


def of_deliveries(event: Event, deliveries: Sequence[Delivery]) -> Iterable[Difference]:
    """One delivery for each endpoint that listened; a replay reuses it, or is marked."""
    owed = [delivery for delivery in deliveries if not delivery.replayed]
    if len(owed) != event.deliveries:
        yield Difference(3, event.id, f"owed to {event.deliveries} endpoints, and has {len(owed)} deliveries")
    if len({delivery.endpoint_id for delivery in owed}) != len(owed):
        yield Difference(3, event.id, "owed twice to the same endpoint")


def of_ends(
    payment: Payment, operations: Sequence[Operation], deliveries: Sequence[Delivery]
) -> Iterable[Difference]:
    """When all deadlines are over, nothing is left open."""
    if payment.is_open or payment.reversal is Reversal.OPEN:
        yield Difference(6, payment.id, f"still {payment.status}, reversal {payment.reversal}")
    for operation in operations:
        if operation.status is OPEN:
            yield Difference(6, operation.id, f"{operation.kind} of {payment.id} is still open")
    for delivery in deliveries:
        if delivery.status is DeliveryStatus.PENDING:
            yield Difference(6, delivery.id, f"{delivery.event} of {payment.id} is still owed")


def _expected(payment: Payment, operations: Sequence[Operation]) -> tuple[Counter[str], Counter[str]]:
    """How often each event is told at least and at most; a decline that turned out approved was told as both."""
    paid, manual = payment.status is Status.SUCCESS, payment.capture is Capture.MANUAL
    held = manual and payment.status in (Status.AUTHORIZED, Status.SUCCESS, Status.VOIDED)
    least = Counter({
        "payment.created": 1, "payment.pending": 1,
        "payment.requires_action": int(payment.next_action_url is not None), "payment.authorized": int(held),
        "payment.success": int(paid), "order.paid": int(paid),
        "payment.failed": int(payment.status is Status.FAILED),
        "payment.voided": int(payment.status is Status.VOIDED),
        "payment.reversed": int(payment.reversal is Reversal.DONE),
    })  # fmt: skip
    most = least.copy()
    for operation in operations:
        name = _HELD_OPERATIONS.get((operation.kind, operation.cause))
        if name is not None:
            most[name] += operation.status in (APPROVED, DECLINED)
        if operation.is_refund:
            for counts in (least, most):
                counts["refund.created"] += 1
                counts["refund.processed"] += operation.status is APPROVED
                counts["refund.failed"] += operation.status is DECLINED
            most["refund.failed"] += operation.status is APPROVED
    return least, most


_HELD_OPERATIONS = {
    (Kind.CAPTURE, Cause.REQUESTED): "payment.capture_failed",
    (Kind.VOID, Cause.REQUESTED): "payment.void_failed",
}


def _takes(payment: Payment, operation: Operation) -> bool:
    kinds = (Kind.CAPTURE,) if payment.capture is Capture.MANUAL else (Kind.AUTHORIZE, Kind.RESUME)
    return operation.kind in kinds and operation.status is APPROVED


def _ids(payments: Iterable[Payment]) -> str:
    return ", ".join(payment.id for payment in payments) or "none"
