"""What a shopper is asked to pay, once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.errors import Refused
from core.domain.merchant import Account
from core.domain.money import Money

MAX_ATTEMPTS = 10
MIN_ORDER_MINOR = 100


class OrderStatus(StrEnum):
    CREATED = "created"
    ATTEMPTED = "attempted"
    PAID = "paid"
    EXPIRED = "expired"


class Capture(StrEnum):
    """Whether the money is taken with the authorization or by a later call."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


@dataclass(slots=True)
class Order:
    """`created → attempted → paid`, or `expired`. Its row counts the attempts to pay it."""

    id: Final[str]
    account: Final[Account]
    amount: Final[Money]
    receipt: Final[str | None]
    notes: Final[dict[str, str]]
    capture: Final[Capture]
    expires_at: Final[datetime | None]
    created_at: Final[datetime]
    updated_at: datetime
    status: OrderStatus = OrderStatus.CREATED
    amount_paid: int = 0
    attempts: int = 0
    version: int = 0

    def attempt(self, *, at: datetime) -> None:
        """Count one more payment. Raises Refused when the order takes none."""
        if self.status is OrderStatus.PAID:
            raise Refused("order_already_paid", "The order is already paid.", field="order_id")
        if self.status is OrderStatus.EXPIRED or self.is_past(at):
            raise Refused("order_expired", "The order has expired. Create a new order.", field="order_id")
        if self.attempts >= MAX_ATTEMPTS:
            raise Refused(
                "too_many_attempts",
                f"The order was attempted {MAX_ATTEMPTS} times. Create a new order.",
                field="order_id",
            )
        self.attempts += 1
        self.status = OrderStatus.ATTEMPTED
        self.updated_at = at

    def pay(self, captured: int, *, at: datetime) -> None:
        assert self.status is OrderStatus.ATTEMPTED, self.status
        self.status = OrderStatus.PAID
        self.amount_paid = captured
        self.updated_at = at

    def expire(self, *, at: datetime) -> bool:
        """Whether it expired now; a paid order does not. The caller has looked for open payments."""
        if self.status not in (OrderStatus.CREATED, OrderStatus.ATTEMPTED) or not self.is_past(at):
            return False
        self.status = OrderStatus.EXPIRED
        self.updated_at = at
        return True

    def is_past(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at
