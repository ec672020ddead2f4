"""The rows of one merchant, read straight from the tables, and the lines of the processor's book."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.unit_of_work.store import Want
from core.domain.event import Event
from core.domain.merchant import Mode
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.webhook import Delivery
from ports.book import Line
from tests.faults.site import Site

KEYS = 300  # of one read


@dataclass
class Rows:
    """Children by the id of their parent."""

    orders: list[Order]
    payments: dict[str, list[Payment]]
    operations: dict[str, list[Operation]]
    events: dict[str, list[Event]]
    deliveries: dict[str, list[Delivery]]
    lines: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))  # by operation

    def all_payments(self) -> list[Payment]:
        return [payment for order in self.orders for payment in self.payments[order.id]]

    def all_events(self) -> list[Event]:
        """Also those that are about an endpoint, and no payment's."""
        return [event for some in self.events.values() for event in some]


async def rows_of(site: Site, merchant_id: str) -> Rows:
    async def children(kind: type, column: str, parents: Iterable[Any]) -> dict[str, list[Any]]:
        ids = [parent.id for parent in parents]
        found: dict[str, list[Any]] = defaultdict(list)
        for start in range(0, len(ids), KEYS):
            [rows] = await site.gateway.store().read([Want(kind, column, tuple(ids[start : start + KEYS]))])
            for row in rows:
                found[getattr(row, column)].append(row)
        return found

    [orders] = await site.gateway.store().read([Want(Order, "merchant_id", (merchant_id,))])
    payments = await children(Payment, "order_id", orders)
    every = [payment for some in payments.values() for payment in some]
    operations = await children(Operation, "payment_id", every)
    events = await children(Event, "payment_id", every)
    [told] = await site.gateway.store().read([Want(Event, "merchant_id", (merchant_id,))])
    events[""] = [event for event in told if event.payment_id is None]
    deliveries = await children(Delivery, "event_id", [event for some in events.values() for event in some])
    rows = Rows(orders, payments, operations, events, deliveries)
    async for line in site.gateway.book_for()(Mode.TEST).lines():
        rows.lines[line.key].append(line)
    return rows


def movements(rows: Rows, operations: Sequence[Operation]) -> list[Line]:
    return [line for operation in operations for line in rows.lines[operation.id]]
