"""Callbacks make the gateway ask, whenever and however often they come, and tell it nothing themselves."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from core.domain.ids import OPERATION
from core.domain.operation import Kind
from core.domain.payment import Payment, Reversal, Status
from core.domain.signing import hex_hmac
from tests.factories import fresh_id
from tests.integration.acquirer.service import SECRET
from tests.integration.acquirer.town import Town, a_town
from tests.unit.conftest import card

TOLD = ["payment.created", "payment.pending", "payment.success", "order.paid"]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town(callbacks=True) as town:
        yield town


async def begun(town: Town) -> Payment:
    return await town.shop.pay(await town.shop.order())


async def post(
    town: Town, body: bytes, *, secret: str = SECRET, to: str = "test", at_s: int = 0
) -> httpx2.Response:
    at = str(int(town.shop.gateway.clock()().timestamp()) + at_s)
    headers = {
        "Processor-Timestamp": at,
        "Processor-Signature": "v1=" + hex_hmac(secret, at.encode() + b"." + body),
    }
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(f"{town.url}/processors/{to}/callbacks", content=body, headers=headers)


def of(key: str) -> bytes:
    return b'{"key": "%s"}' % key.encode()


def error(answer: httpx2.Response) -> tuple[int, str]:
    body: Any = answer.json()
    return answer.status_code, body["error"]["code"]


async def test_a_callback_ends_the_wait_after_a_lost_answer(town: Town) -> None:
    await town.acquirer.fault("hang_after")
    payment = await begun(town)
    await town.shop.work()
    await town.news()
    assert (await town.shop.see(payment)).status is Status.SUCCESS, "without waiting to ask again"
    await town.shop.later(seconds=2)
    assert await town.shop.told(payment) == TOLD
    assert (await town.shop.owed(), await town.totals()) == (0, (50_000, 0))


@pytest.mark.parametrize(
    "rules",
    [
        ["callback_early"],
        ["callback_early", "hang_after"],
        ["callback_twice"],
        ["callback_twice", "error_after"],
        ["callback_early", "callback_twice", "garbled"],
        ["callback_never", "error_after"],
    ],
)
async def test_early_and_repeated_ones_are_all_the_same(town: Town, rules: list[str]) -> None:
    await town.acquirer.faults(*({"fault": fault, "next": 1} for fault in rules))
    payment = await begun(town)
    await town.shop.work()
    await town.news()
    await town.shop.later(seconds=2)
    assert (await town.shop.see(payment)).status is Status.SUCCESS
    assert await town.shop.told(payment) == TOLD
    assert (await town.shop.owed(), await town.totals()) == (0, (50_000, 0))


async def test_a_callback_before_anything_was_decided_changes_nothing(town: Town) -> None:
    await town.acquirer.faults({"fault": "error_before"}, {"fault": "callback_never"})
    payment = await begun(town)
    await town.shop.work()
    await town.acquirer.faults({"fault": "callback_never"})
    assert await town.acquirer.report((await town.operation(payment)).id) == [202]
    await town.shop.work()
    assert (await town.shop.see(payment)).status is Status.PENDING
    await town.shop.later(seconds=2)
    assert (await town.shop.see(payment)).status is Status.SUCCESS


async def test_a_late_one_about_what_is_known_changes_nothing(town: Town) -> None:
    payment = await begun(town)
    await town.shop.work()
    await town.news()
    before = await town.shop.see(payment)
    await town.shop.later(days=3)
    assert await town.acquirer.report((await town.operation(payment)).id, times=5) == [202] * 5
    assert await town.shop.owed() == 1, "however often it is said"
    await town.shop.work()
    assert (await town.shop.see(payment), await town.shop.owed()) == (before, 0)


async def test_a_payment_declined_and_later_reported_as_charged_is_given_back(town: Town) -> None:
    await town.acquirer.faults({"fault": "says_declined", "next": 1}, {"fault": "callback_never", "next": 1})
    payment = await begun(town)
    await town.shop.work()
    failed = await town.shop.see(payment)
    assert (failed.status, failed.decline_code) == (Status.FAILED, "processing_error")
    assert await town.totals() == (50_000, 0), "charged all the same"

    second = await town.shop.gateway.create_payment()(town.shop.account, payment.order_id, card("approved"))
    await town.shop.work()
    await town.shop.later(days=2)
    assert await town.acquirer.report((await town.operation(payment)).id, times=2) == [202, 202]
    await town.shop.work()
    await town.news()
    reversed_ = await town.shop.see(payment)
    assert (reversed_.status, reversed_.reversal, reversed_.amount_captured) == (
        Status.FAILED, Reversal.DONE, 0,
    )  # fmt: skip
    assert await town.shop.told(payment) == [
        "payment.created", "payment.pending", "payment.failed", "payment.reversed",
    ]  # fmt: skip
    assert (await town.shop.see(second)).status is Status.SUCCESS
    assert (await town.totals(), await town.shop.owed()) == ((100_000, 50_000), 0)


async def test_a_refund_said_to_be_declined_and_done_after_all_is_processed(town: Town) -> None:
    payment = await town.shop.paid()
    await town.news()
    await town.acquirer.faults({"fault": "says_declined", "next": 1}, {"fault": "callback_never", "next": 1})
    await town.shop.ask(payment, Kind.REFUND, 20_000)
    await town.shop.work()
    assert (await town.shop.see(payment)).amount_refunded == 0
    await town.acquirer.report((await town.operation(payment, Kind.REFUND)).id)
    await town.shop.work()
    assert (await town.shop.see(payment)).amount_refunded == 20_000
    assert (await town.shop.told(payment))[-2:] == ["refund.failed", "refund.processed"]
    assert await town.totals() == (50_000, 20_000)


async def test_forged_and_stale_ones_are_refused_and_make_nothing_due(town: Town) -> None:
    payment = await town.shop.paid()
    await town.news()
    key = (await town.operation(payment)).id
    for manner in ({"forged": True}, {"stale": True}):
        assert await town.acquirer.report(key, **manner) == [401]
    answers = [
        await post(town, of(key), secret="another"),
        await post(town, of(key), at_s=-301),
        await post(town, of(key), to="live"),  # which has no processor
        await post(town, of(key), to="nobody"),
        await post(town, of(fresh_id(OPERATION)), secret="another"),
    ]
    assert {error(answer) for answer in answers} == {(401, "AUTHENTICATION_ERROR")}
    bodies = {answer.text.partition('"request_id"')[0] for answer in answers}
    assert len(bodies) == 1, "who cannot sign learns nothing"
    assert await town.shop.owed() == 0


async def test_what_is_signed_and_means_nothing_is_refused(town: Town) -> None:
    assert error(await post(town, of(fresh_id(OPERATION)))) == (404, "NOT_FOUND_ERROR")
    assert error(await post(town, of("../x\\u0000"))) == (404, "NOT_FOUND_ERROR")
    assert error(await post(town, b"{}")) == (400, "BAD_REQUEST_ERROR")
    assert error(await post(town, b"x" * 70_000)) == (413, "BAD_REQUEST_ERROR")
    assert await town.shop.owed() == 0


async def test_a_processor_speaks_of_its_own_mode_only() -> None:
    live = {"live_processor": "http", "live_processor_url": "https://live.example", "live_processor_token": "x",
            "live_processor_callback_secret": "live-secret"}  # fmt: skip
    async with a_town(callbacks=True, **live) as town:
        key = (await town.operation(await begun(town))).id
        assert error(await post(town, of(key), to="live", secret="live-secret")) == (404, "NOT_FOUND_ERROR")
        assert error(await post(town, of(key), to="live")) == (401, "AUTHENTICATION_ERROR")
        assert (await post(town, of(key))).status_code == 202
