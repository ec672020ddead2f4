"""Sound aggregates for tests, each with what matters to the test said and the rest made up."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from core.domain.event import Event
from core.domain.ids import EVENT, MERCHANT, OPERATION, ORDER, PAYMENT, new_id
from core.domain.instrument import Instrument, Upi
from core.domain.merchant import Account, Merchant, Mode
from core.domain.money import Money
from core.domain.operation import Kind, Operation
from core.domain.order import Capture, Order
from core.domain.payment import Payment

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACCOUNT = Account("mer_0000TestMerchant", Mode.TEST)
_numbers = count(1)


def chance(n: int) -> str:
    """Never the same twice in one run."""
    return f"{next(_numbers):0{n}d}"


def fresh_id(prefix: str) -> str:
    return new_id(prefix, NOW, chance)


def an_account(mode: Mode = Mode.TEST) -> Account:
    return Account(fresh_id(MERCHANT), mode)


def a_merchant(**fields: Any) -> Merchant:
    id = fresh_id(MERCHANT)
    return Merchant(id, "Acme Stores", f"{id}@example.com", "sealed-t", "sealed-l", NOW, **fields)


def an_order(
    minor: int = 50_000, capture: Capture = Capture.AUTOMATIC, account: Account = ACCOUNT, **fields: Any
) -> Order:
    money = Money(minor, fields.pop("currency", "INR"))
    defaults: dict[str, Any] = {"receipt": None, "notes": {}, "expires_at": None}
    return Order(
        fresh_id(ORDER), account, money, capture=capture, created_at=NOW, updated_at=NOW, **defaults | fields
    )


def a_payment(order: Order, instrument: Instrument | None = None) -> Payment:
    return Payment.create(fresh_id(PAYMENT), order, instrument or Upi("asha@okbank"), at=NOW)


def an_operation(payment: Payment, kind: Kind = Kind.AUTHORIZE, minor: int | None = None) -> Operation:
    amount = payment.amount if minor is None else payment.amount.of(minor)
    return Operation(fresh_id(OPERATION), payment.id, payment.account, kind, amount, NOW)


def an_event(payment: Payment, sequence: int = 1, name: str = "payment.created") -> Event:
    return Event(fresh_id(EVENT), payment.account, name, payment.id, sequence, '{"id":"x"}', 0, NOW)
