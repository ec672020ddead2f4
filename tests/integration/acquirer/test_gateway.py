"""A whole gateway whose processor is remote: no payment lost, none charged twice."""

from collections.abc import AsyncIterator

import pytest

from core.domain.errors import Unavailable
from core.domain.merchant import Mode
from core.domain.operation import Kind
from core.domain.payment import Status
from tests.integration.acquirer.town import Town, a_town
from tests.unit.conftest import CARD, card

FAULTS = ("hang_before", "hang_after", "error_before", "error_after", "cut_before", "cut_after", "cut_midway",
          "garbled", "wrong_type", "oversized", "in_progress", "rate_limited")  # fmt: skip
TOLD = ["payment.created", "payment.pending", "payment.success", "order.paid"]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town(callbacks=False) as town:
        yield town


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_charge_that_goes_wrong_is_made_once(town: Town, fault: str) -> None:
    await town.acquirer.fault(fault)
    payment = await town.shop.paid()
    assert (payment.status, await town.shop.owed()) == (Status.PENDING, 1)
    await town.shop.later(seconds=2)
    assert (await town.shop.see(payment)).status is Status.SUCCESS
    assert await town.shop.told(payment) == TOLD
    assert await town.totals() == (50_000, 0)
    assert len(await town.acquirer.lines()) == 1


@pytest.mark.parametrize("fault", ["hang_after", "error_before"])
async def test_captures_refunds_and_voids_that_go_wrong_are_made_once(town: Town, fault: str) -> None:
    held, other = await town.shop.held(), await town.shop.held()
    await town.acquirer.faults(
        *({"fault": fault, "next": 1, "calls": [call]} for call in ("capture", "void"))
    )
    await town.shop.ask(held, Kind.CAPTURE, 30_000)
    await town.shop.ask(other, Kind.VOID)
    await town.shop.work()
    await town.shop.later(seconds=2)
    assert [(await town.shop.see(each)).status for each in (held, other)] == [Status.SUCCESS, Status.VOIDED]
    await town.acquirer.fault(fault, calls=["refund"])
    for _ in range(2):
        await town.shop.ask(held, Kind.REFUND, 10_000)
    await town.shop.work()
    await town.shop.later(seconds=2)
    payment = await town.shop.see(held)
    assert (payment.amount_captured, payment.amount_refunded, payment.refund_reserved) == (30_000, 20_000, 0)
    assert await town.totals() == (30_000, 20_000)


async def test_declines_challenges_and_waiting_come_through(town: Town) -> None:
    declined = await town.shop.paid(instrument=card("declined_insufficient_funds"))
    assert (declined.status, declined.decline_code) == (Status.FAILED, "insufficient_funds")
    challenged = await town.shop.paid(instrument=card("three_d_secure"))
    assert challenged.next_action_url == f"https://pay.example/simulator/acs/{challenged.reference}"
    await town.acquirer.control("POST", "challenges", reference=challenged.reference, approved=True)
    await town.shop.gateway.resume_payment()(challenged.id)
    await town.shop.work()
    assert (await town.shop.see(challenged)).status is Status.SUCCESS


async def test_an_acquirer_that_is_down_is_waited_for_without_holding_up_the_rest(town: Town) -> None:
    circuit, endpoint = town.shop.gateway.acquirer().circuit, "https://shop.example/hook"
    town.shop.gateway.sender().receivers[endpoint] = lambda request: 200
    await town.shop.gateway.create_endpoint()(town.shop.account, "key_test_x", endpoint)
    await town.acquirer.faults({"fault": "down"})
    payments = [await town.shop.pay(await town.shop.order()) for _ in range(20)]
    await town.shop.work()
    assert circuit.is_open
    assert len(town.shop.gateway.sender().received) == 40, "deliveries go out meanwhile"
    await town.shop.later(seconds=20)
    assert {(await town.shop.see(payment)).status for payment in payments} == {Status.PENDING}
    await town.acquirer.calm()
    for _ in range(8):
        await town.shop.later(seconds=30)
    assert not circuit.is_open
    assert {(await town.shop.see(payment)).status for payment in payments} == {Status.SUCCESS}
    assert (await town.acquirer.charges(), await town.totals()) == (20, (20 * 50_000, 0))


async def test_after_a_long_outage_payments_do_not_wait_for_long(town: Town) -> None:
    """Only who really met silence waits longer each time; who was refused by the open circuit does not."""
    await town.acquirer.faults({"fault": "down"})
    payments = [await town.shop.pay(await town.shop.order()) for _ in range(20)]
    for _ in range(30):
        await town.shop.later(seconds=10)
    await town.acquirer.calm()
    for _ in range(6):
        await town.shop.later(seconds=10)
    assert {(await town.shop.see(payment)).status for payment in payments} == {Status.SUCCESS}
    assert await town.acquirer.charges() == 20


async def test_after_the_acquirer_has_forgotten_its_keys_it_is_only_asked(town: Town) -> None:
    await town.acquirer.fault("error_after")
    payment = await town.shop.pay(await town.shop.order())
    await town.shop.work()
    await town.acquirer.faults({"fault": "down"})
    for _ in range(4):
        await town.shop.later(hours=6)
    await town.acquirer.faults(forget_keys=True)
    for _ in range(3):
        await town.shop.later(minutes=16)
    assert (await town.shop.see(payment)).status is Status.SUCCESS
    assert (await town.acquirer.charges(), await town.totals()) == (1, (50_000, 0))


async def test_what_never_arrived_while_keys_were_remembered_fails_in_the_end(town: Town) -> None:
    await town.acquirer.faults({"fault": "error_before"})
    payment = await town.shop.pay(await town.shop.order())
    for _ in range(5):
        await town.shop.later(hours=6)
    assert (await town.shop.see(payment)).status is Status.PENDING, "silence is never turned into a failure"
    await town.acquirer.calm()
    await town.shop.later(minutes=16)
    assert (await town.shop.see(payment)).decline_code == "not_received"
    assert await town.acquirer.lines() == []


async def test_cards_are_tokenized_by_who_charges_them(town: Town) -> None:
    gateway = town.shop.gateway
    assert gateway.tokenizer_for()(Mode.TEST) is gateway.processor_for()(Mode.TEST) is gateway.acquirer()
    with pytest.raises(Unavailable):
        gateway.processor_for()(Mode.LIVE)
    assert gateway.book_for()(Mode.LIVE) is None
    paid = await town.shop.paid(instrument=CARD)
    assert paid.status is Status.SUCCESS
