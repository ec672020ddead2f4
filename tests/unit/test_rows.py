"""Which columns an update sends."""

from dataclasses import replace

import pytest

from adapters.postgres.statements import changing, update_of, update_one_of
from adapters.unit_of_work.store import Changes
from config.in_memory import in_memory
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.webhook import Delivery
from tests.factories import an_order


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (Order, "id updated_at status amount_paid attempts version"),
        (Delivery, "id status attempts replayed last_attempt_at next_retry_at response_code version"),
    ],
)
def test_an_update_sends_what_may_change(kind: type, sent: str) -> None:
    assert [flat.name for flat in changing(kind)] == sent.split()


def test_what_a_payment_is_born_with_is_not_in_its_update() -> None:
    born = ("order_id", "merchant_id", "mode", "amount", "currency", "method", "token", "created_at")
    for statement in (update_of(Payment), update_one_of(Payment)):
        [change] = statement.sql.decode().partition("SET ")[2:]
        assert not [name for name in born if f"{name}=" in change.replace(" ", "")]
        assert "status=" in change


async def test_the_store_in_memory_refuses_what_postgresql_would_not_write() -> None:
    store = in_memory().store()
    order = an_order()
    order.version = 1
    await store.write([Changes(inserts=[order])])
    changed = replace(order, receipt="another", version=2)
    with pytest.raises(AssertionError, match="receipt"):
        await store.write([Changes(updates=[changed])])
