"""The rules that the tables of PostgreSQL hold as CHECK and UNIQUE, for the store in memory."""

from typing import Any

from adapters.memory.rows import Rows
from adapters.unit_of_work.store import name_of
from core.domain.audit import AuditEntry
from core.domain.errors import ConcurrentUpdate
from core.domain.event import Event
from core.domain.merchant import Merchant
from core.domain.order import MAX_ATTEMPTS, Order, OrderStatus
from core.domain.payment import Payment, Status
from core.domain.webhook import Delivery


class ConstraintViolated(Exception):
    """Our own bug: a block wants to write what can never be true."""


def check(entity: Any) -> None:
    """Raises ConstraintViolated."""
    match entity:
        case Payment():
            given_back = entity.amount_refunded + entity.refund_reserved
            parts = (entity.amount_refunded, entity.refund_reserved, entity.amount_captured)
            sound = min(parts) >= 0 and given_back <= entity.amount_captured <= entity.amount.minor
        case Order():
            sound = 0 <= entity.attempts <= MAX_ATTEMPTS and 0 <= entity.amount_paid <= entity.amount.minor
            sound = sound and (entity.status is OrderStatus.PAID) == (entity.amount_paid > 0)
        case AuditEntry():
            sound = entity.version == 1  # append-only
        case _:
            sound = True
    if not sound:
        raise ConstraintViolated(name_of(entity))


def check_unique(rows: Rows, entity: Any) -> None:
    """Raises ConcurrentUpdate as PostgreSQL's unique indexes make an insert do."""
    match entity:
        case Payment() if entity.is_open or entity.status is Status.SUCCESS:
            taken = any(_same_place(entity, other) for other in rows.of(Payment, entity.order_id))
            name = f"order {entity.order_id}"
        case Delivery(replayed=False):
            others = rows.of(Delivery, entity.event_id)
            taken = any(
                other.endpoint_id == entity.endpoint_id and not other.replayed and other.id != entity.id
                for other in others
            )
            name = name_of(entity)
        case Merchant():
            taken = any(other.id != entity.id for other in rows.of(Merchant, entity.email))
            name = name_of(entity)
        case Event(payment_id=str(payment_id)):
            others = rows.of(Event, payment_id)
            taken = any(other.sequence == entity.sequence and other.id != entity.id for other in others)
            name = name_of(entity)
        case _:
            return
    if taken:
        raise ConcurrentUpdate(name)


def _same_place(payment: Payment, other: Payment) -> bool:
    """One open payment per order, and one success."""
    if other.id == payment.id:
        return False
    return (payment.is_open and other.is_open) or payment.status is other.status is Status.SUCCESS
