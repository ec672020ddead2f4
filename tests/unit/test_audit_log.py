"""Who moved money, and who acted on endpoints and deliveries: it is written in the block of the change."""

import pytest

from core.domain.audit import AuditEntry
from core.domain.errors import Refused
from core.domain.instrument import Upi
from core.domain.operation import Kind
from core.domain.outcome import Approved
from core.domain.payment import Payment
from tests.unit.conftest import Shop

KEY = "key_test_x"  # with which the shop asks


async def written(shop: Shop, payment: Payment) -> list[AuditEntry]:
    async with shop.gateway.uow().begin() as tx:
        return await tx.audit.of(payment.id)


@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.VOID])
async def test_a_merchant_captures_or_voids(shop: Shop, kind: Kind):
    payment = await shop.held()
    assert await written(shop, payment) == []
    await shop.ask(payment, kind, payment.amount.minor)
    [entry] = await written(shop, payment)
    assert (entry.actor, entry.action, entry.account) == (KEY, f"payment.{kind}", shop.account)
    assert entry.before["status"] == "authorized"
    assert entry.after["pending_operation"] == kind


async def test_a_merchant_refunds_and_a_refusal_is_no_act(shop: Shop):
    payment = await shop.paid(500)
    await shop.ask(payment, Kind.REFUND, 200)
    with pytest.raises(Refused):
        await shop.ask(payment, Kind.REFUND, 400)
    [entry] = await written(shop, payment)
    assert (entry.actor, entry.action, entry.after["amount"]) == (KEY, "payment.refund", 200)


async def test_the_gateway_lets_go_of_a_hold(shop: Shop):
    payment = await shop.held()
    await shop.later(days=8)
    [entry] = await written(shop, payment)
    assert (entry.actor, entry.action, entry.after["cause"]) == ("gateway", "payment.void", "expired")


async def test_the_gateway_gives_a_late_charge_back(shop: Shop):
    payment = await shop.paid(instrument=Upi("fail@okbank"))
    assert payment.status == "failed"
    [operation] = (await shop.history(payment)).operations
    async with shop.gateway.uow().begin() as tx:
        await shop.gateway.settle()(tx, operation.id, Approved("ref_late"))
    [entry] = await written(shop, payment)
    assert (entry.actor, entry.action) == ("gateway", "payment.void")
    assert entry.after["cause"] == "reversal"
    assert entry.after["amount"] == payment.amount.minor
    reversal = (await shop.history(payment)).operations[-1]
    assert entry.after["operation_id"] == reversal.id
