"""Every commit as it happens: no row may change in a way that the tables of edges do not know."""

from collections.abc import Callable, Sequence
from typing import Any

from core.domain.event import Event
from core.domain.idempotency import KEEP_HOURS, KeyRecord
from core.domain.operation import Operation, OperationStatus
from core.domain.order import Order, OrderStatus
from core.domain.payment import Payment, Status
from core.domain.transitions import TRANSITIONS
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from core.use_cases.deliver_event import JITTER
from tests.simulation.clocks import WorldClock
from tests.simulation.database import Change

# Edges that no outcome of an operation walks: a return from the bank, a supersession, an abandonment.
_ASKED = {(Status.REQUIRES_ACTION, Status.PENDING), (Status.REQUIRES_ACTION, Status.FAILED)}
PAYMENT_EDGES = {(status, edge.to) for (status, _, _), edge in TRANSITIONS.items()} | _ASKED
ORDER_EDGES = {
    (OrderStatus.CREATED, OrderStatus.ATTEMPTED),
    (OrderStatus.CREATED, OrderStatus.EXPIRED),
    (OrderStatus.ATTEMPTED, OrderStatus.PAID),
    (OrderStatus.ATTEMPTED, OrderStatus.EXPIRED),
}
OPERATION_EDGES = {
    (OperationStatus.OPEN, OperationStatus.APPROVED),
    (OperationStatus.OPEN, OperationStatus.DECLINED),
    (OperationStatus.OPEN, OperationStatus.ACTION_REQUIRED),
    (OperationStatus.DECLINED, OperationStatus.APPROVED),
    (OperationStatus.ACTION_REQUIRED, OperationStatus.APPROVED),
    (OperationStatus.ACTION_REQUIRED, OperationStatus.DECLINED),
}
DELIVERY_EDGES = {
    (DeliveryStatus.PENDING, DeliveryStatus.SUCCESS),
    (DeliveryStatus.PENDING, DeliveryStatus.FAILED),
}
EDGES: dict[type, set[tuple[Any, Any]]] = {
    Payment: PAYMENT_EDGES, Order: ORDER_EDGES, Operation: OPERATION_EDGES, Delivery: DELIVERY_EDGES,
}  # fmt: skip
FOR_EVER = (Event, Attempt)
ROUNDING_S = 0.001
GROWING = ("amount_captured", "amount_refunded", "sequence")


class Watch:
    """Tells the history what was committed, and accuses what must not be."""

    def __init__(
        self,
        clock: WorldClock,
        delays_s: Sequence[float],
        tell: Callable[[str, str], None],
        accuse: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._delays_s = delays_s
        self._tell = tell
        self._accuse = accuse
        self.bound_at: dict[str, float] = {}  # when each idempotency key got its answer, in the loop's time
        self._last_try: dict[str, tuple[int, float]] = {}
        self._set_going: set[str] = set()

    def __call__(self, changes: list[Change]) -> None:
        tried = {after.delivery_id for _, after in changes if isinstance(after, Attempt)}
        for before, after in changes:
            if before is not None and isinstance(after, Delivery) and after.id not in tried:
                self._set_going.add(after.id)  # by hand, and so out of the schedule
        told = [words for before, after in changes if (words := self._look(before, after))]
        if told:
            self._tell("database", "; ".join(told))

    def _look(self, before: Any | None, after: Any) -> str:
        name = f"{type(after).__name__.lower()} {after.id}"
        status = getattr(after, "status", None)
        if isinstance(after, KeyRecord):
            return self._look_at_key(before, after)
        if isinstance(after, Attempt):
            self._look_at_attempt(after)
        if before is None:
            return f"{name} {status or getattr(after, 'name', '')}".rstrip()
        if isinstance(after, FOR_EVER):
            self._accuse(f"{name} was changed, and it never may be")
        if after.version != before.version + 1:
            self._accuse(f"{name} went from version {before.version} to {after.version}")
        if isinstance(after, Payment):
            self._look_at_amounts(before, after)
        edges = EDGES.get(type(after))
        if edges is None or status == before.status:
            return f"{name} v{after.version}{_amounts(after)}"
        if (before.status, status) not in edges and not _is_replay(before, after):
            self._accuse(f"{name} went from {before.status} to {status}")
        return f"{name} {before.status} → {status}{_amounts(after)}"

    def _look_at_amounts(self, before: Payment, after: Payment) -> None:
        given_back = after.amount_refunded + after.refund_reserved
        if not 0 <= given_back <= after.amount_captured <= after.amount.minor:
            self._accuse(
                f"payment {after.id}: {given_back} ≤ {after.amount_captured} ≤ {after.amount.minor} is broken"
            )
        for field in GROWING:
            if getattr(after, field) < getattr(before, field):
                self._accuse(f"payment {after.id}: {field} sank")
        if after.amount_captured != before.amount_captured and before.amount_captured:
            self._accuse(f"payment {after.id} was captured twice")

    def _look_at_attempt(self, attempt: Attempt) -> None:
        """Each comes as long after the one before as the schedule says, ± the jitter: jobs have one holder."""
        number, at = self._last_try.get(attempt.delivery_id, (0, 0.0))
        now, is_scheduled = self._clock.seconds(), attempt.delivery_id not in self._set_going
        if number and is_scheduled and now - at < self._delays_s[number] * (1 - JITTER) - ROUNDING_S:
            self._accuse(
                f"attempt {attempt.number} of {attempt.delivery_id} came {now - at:.0f} s after the last"
            )
        if attempt.number > len(self._delays_s):
            self._accuse(f"attempt {attempt.number} of {attempt.delivery_id} is one too many")
        self._last_try[attempt.delivery_id] = (attempt.number, now)

    def _look_at_key(self, before: KeyRecord | None, after: KeyRecord) -> str:
        if before and (after.created_at - before.created_at).total_seconds() < (KEEP_HOURS - 1) * 3600:
            self._accuse(f"the answer under key {after.id} was replaced")
        self.bound_at[after.id] = self._clock.loop_time()
        return f"key {after.id}"


def _amounts(after: Any) -> str:
    if not isinstance(after, Payment) or not after.amount_captured:
        return ""
    back = f", {after.amount_refunded} given back" if after.amount_refunded else ""
    return f" ({after.amount_captured} of {after.amount.minor} captured{back})"


def _is_replay(before: Any, after: Any) -> bool:
    return isinstance(after, Delivery) and after.status is DeliveryStatus.PENDING and after.attempts == 0
