"""A payment from its order to its end, by every way that shoppers, merchants and processors take."""

import asyncio

import pytest

from core.domain.errors import NotFound, Refused, Unavailable
from core.domain.instrument import Upi
from core.domain.merchant import Account, Mode
from core.domain.operation import Cause, Kind
from core.domain.order import Capture
from core.domain.payment import Status
from tests.unit.conftest import CARD, Shop, card

BEGUN = ["payment.created", "payment.pending"]
PAID = [*BEGUN, "payment.success", "order.paid"]


async def test_a_upi_payment_is_pending_at_once_and_succeeds_when_the_work_is_done(shop: Shop):
    payment = await shop.pay(await shop.order())
    assert payment.status is Status.PENDING
    assert await shop.told(payment) == BEGUN
    await shop.work()
    payment = await shop.see(payment)
    order = await shop.see_order(payment)
    assert (payment.status, payment.amount_captured) == (Status.SUCCESS, 50_000)
    assert (order.status, order.amount_paid) == ("paid", 50_000)
    assert await shop.told(payment) == PAID
    assert await shop.owed() == 0


async def test_a_declined_card_fails_with_words_and_the_order_may_be_tried_again(shop: Shop):
    order = await shop.order()
    declined = await shop.pay(order, card("declined_insufficient_funds"))
    await shop.work()
    declined = await shop.see(declined)
    assert (declined.status, declined.decline_code) == (Status.FAILED, "insufficient_funds")
    assert declined.error_code == "PAYMENT_FAILED"
    assert "insufficient funds" in (declined.error_description or "")
    assert await shop.told(declined) == [*BEGUN, "payment.failed"]
    second = await shop.pay(order, CARD)
    await shop.work()
    assert (await shop.see(second)).status is Status.SUCCESS


async def test_an_order_takes_one_payment_at_a_time_and_is_paid_once(shop: Shop):
    order = await shop.order()
    first = await shop.pay(order)
    with pytest.raises(Refused) as refused:
        await shop.pay(order)
    assert (refused.value.reason, refused.value.details["payment_id"]) == ("payment_in_progress", first.id)
    await shop.work()
    with pytest.raises(Refused, match="already paid"):
        await shop.pay(order)


async def test_of_ten_payments_at_once_one_is_accepted(shop: Shop):
    order = await shop.order()
    results = await asyncio.gather(*(shop.pay(order) for _ in range(10)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, Refused)]
    assert [error.reason for error in refused] == ["payment_in_progress"] * 9


async def test_the_eleventh_attempt_is_refused(shop: Shop):
    order = await shop.order()
    for _ in range(10):
        await shop.pay(order, card("declined_generic_decline"))
        await shop.work()
    with pytest.raises(Refused) as refused:
        await shop.pay(order)
    assert refused.value.reason == "too_many_attempts"


async def test_a_held_payment_is_captured_in_part_and_the_rest_is_released(shop: Shop):
    payment = await shop.held()
    assert payment.status is Status.AUTHORIZED
    assert payment.authorization_expires_at is not None
    asked = await shop.ask(payment, Kind.CAPTURE, 20_000)
    assert asked.payment.pending_operation is Kind.CAPTURE
    with pytest.raises(Refused, match="in progress"):
        await shop.ask(payment, Kind.VOID)
    await shop.work()
    payment = await shop.see(payment)
    assert (payment.status, payment.amount_captured) == (Status.SUCCESS, 20_000)
    assert (await shop.see_order(payment)).amount_paid == 20_000
    assert await shop.told(payment) == [*BEGUN, "payment.authorized", "payment.success", "order.paid"]
    again = await shop.ask(payment, Kind.CAPTURE, 20_000)
    assert (again.operation, again.payment.version) == (None, payment.version)
    with pytest.raises(Refused, match="not in capturable state"):
        await shop.ask(payment, Kind.CAPTURE, 30_000)


async def test_a_held_payment_is_voided(shop: Shop):
    payment = await shop.held()
    await shop.ask(payment, Kind.VOID)
    await shop.work()
    assert (await shop.see(payment)).status is Status.VOIDED
    assert await shop.told(payment) == [*BEGUN, "payment.authorized", "payment.voided"]
    assert (await shop.book())["taken"] == 0


async def test_a_hold_that_nobody_captures_is_let_go_of_after_its_time(shop: Shop):
    payment = await shop.held()
    await shop.later(days=6, hours=23)
    assert (await shop.see(payment)).status is Status.AUTHORIZED
    await shop.later(hours=2)
    assert (await shop.see(payment)).status is Status.VOIDED
    [void] = [op for op in (await shop.history(payment)).operations if op.kind is Kind.VOID]
    assert void.cause is Cause.EXPIRED
    assert await shop.owed() == 0


async def test_refunds_in_parts_until_nothing_is_left(shop: Shop):
    payment = await shop.paid()
    for amount in (20_000, 25_000):
        asked = await shop.ask(payment, Kind.REFUND, amount)
        assert asked.operation is not None
        assert asked.operation.id.startswith("rfnd_")
    with pytest.raises(Refused, match="exceeds available"):
        await shop.ask(payment, Kind.REFUND, 5_001)
    await shop.work()
    await shop.ask(payment, Kind.REFUND, 5_000)
    await shop.work()
    payment = await shop.see(payment)
    assert (payment.status, payment.amount_refunded, payment.refund_reserved) == (Status.SUCCESS, 50_000, 0)
    told = await shop.told(payment)
    assert told[:4] == PAID
    assert sorted(told[4:]) == ["refund.created"] * 3 + ["refund.processed"] * 3
    assert await shop.book() == {"taken": 50_000, "given_back": 50_000, "charges": 1}


async def test_twenty_refunds_at_once_pass_exactly_as_many_as_fit(shop: Shop):
    payment = await shop.paid(50_000)
    results = await asyncio.gather(
        *(shop.ask(payment, Kind.REFUND, 6_000) for _ in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 8
    await shop.work()
    assert (await shop.see(payment)).amount_refunded == 48_000


async def test_a_refund_that_the_processor_declines_gives_its_reservation_back(shop: Shop):
    payment = await shop.paid(instrument=card("refund_fails"))
    await shop.ask(payment, Kind.REFUND, 50_000)
    await shop.work()
    payment = await shop.see(payment)
    assert (payment.amount_refunded, payment.refund_reserved) == (0, 0)
    assert (await shop.told(payment))[-1] == "refund.failed"


async def test_what_belongs_to_another_merchant_does_not_exist(shop: Shop):
    order, payment = await shop.order(), await shop.paid()
    for other in (Account("mer_0000000000000000", Mode.TEST), Account(shop.account.merchant_id, Mode.LIVE)):
        with pytest.raises(NotFound, match="Order not found"):
            await shop.gateway.create_payment()(other, order.id, CARD)
        with pytest.raises(NotFound, match="Payment not found"):
            await shop.gateway.request_operation()(other, "key", payment.id, Kind.REFUND, 1)


async def test_a_live_payment_without_a_live_processor_is_unavailable(shop: Shop):
    live = Account(shop.account.merchant_id, Mode.LIVE)
    order = await Shop(shop.gateway, live).order()
    with pytest.raises(Unavailable, match="No live processor"):
        await shop.gateway.create_payment()(live, order.id, CARD)


async def test_upi_is_inr_and_automatic_only(shop: Shop):
    with pytest.raises(Refused, match="automatically"):
        await shop.pay(await shop.order(capture=Capture.MANUAL), Upi("asha@okbank"))


async def test_an_expired_order_takes_no_payment_but_one_begun_before_may_still_pay_it(shop: Shop):
    order = await shop.order(expires_in_s=60)
    late = await shop.order(expires_in_s=60)
    payment = await shop.pay(order, Upi("slow@okbank"))
    await shop.later(seconds=15)
    shop.gateway.clock().advance(seconds=50)
    with pytest.raises(Refused, match="expired"):
        await shop.pay(late)
    await shop.work()
    async with shop.gateway.uow().begin() as tx:
        assert (await tx.orders.get(late.id)).status == "expired"
    for _ in range(5):
        await shop.later(seconds=31)
    assert (await shop.see(payment)).status is Status.SUCCESS
    assert (await shop.see_order(payment)).status == "paid"
    assert await shop.owed() == 0
