"""The demo shop: a person clicks, pays, and sees what the shop's server hears."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from hmac import digest

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.integration.checkout.axe import complaints
from tests.integration.checkout.stage import Stage, a_stage
from tests.integration.checkout.till import DECLINED, Till

HEARD = [
    "Order created",
    "payment.created",
    "payment.pending",
    "payment.success",
    "order.paid",
    "onSuccess",
    "onClose",
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    """One whose time nobody has moved: a webhook's timestamp has to be recent."""
    async with a_stage(simulator_delay_ms=150) as stage:
        yield stage


async def buy(stage: Stage, page: Page) -> Till:
    await page.goto(f"{stage.url}/demo")
    await page.get_by_test_id("buy-button").click()
    await page.wait_for_selector("#payment-gateway-modal .ready")
    return Till(page.frame_locator("[data-test-id=payment-iframe]"))


async def test_from_the_button_to_the_webhooks(stage: Stage, page: Page) -> None:
    till = await buy(stage, page)
    await till.pay_by_card()
    await expect(page.get_by_test_id("demo-order-status")).to_have_text("Paid", timeout=15_000)
    what = page.locator(".step .what")
    await expect(what).to_have_count(len(HEARD), timeout=15_000)
    assert sorted(await what.all_inner_texts()) == sorted(HEARD)
    proofs = await page.locator(".proof.verified").all_inner_texts()
    assert sorted(proofs) == ["✓ Checkout signature verified, ship it"] + ["✓ Webhook signature verified"] * 4
    assert await complaints(page) == []


async def test_a_decline_shows_too(stage: Stage, page: Page) -> None:
    till = await buy(stage, page)
    await till.pay_by_card(DECLINED)
    await expect(page.locator(".what", has_text="payment.failed")).to_be_visible(timeout=15_000)
    await expect(page.get_by_test_id("demo-order-status")).to_have_text("Attempted")


async def test_paying_on_a_page_of_its_own(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}/demo")
    await page.get_by_test_id("hosted-button").click()
    await page.wait_for_selector("html.ready")
    await Till(page).pay_by_upi()
    await page.wait_for_url("**/demo*")
    await expect(page.get_by_test_id("demo-order-status")).to_have_text("Paid")
    await expect(page.get_by_text("Checkout signature verified")).to_be_visible()


async def test_a_forged_webhook_is_refused(stage: Stage, page: Page) -> None:
    await (await buy(stage, page))["pay-button"].wait_for()  # now the shop listens
    body = json.dumps({"id": "evt_forged", "event": "order.paid", "data": {"order": {"id": "order_x"}}})
    signature = digest(b"guessed", body.encode(), sha256).hex()
    answer = await page.request.post(
        f"{stage.url}/demo/webhooks", data=body, headers={"X-Webhook-Signature": signature}
    )
    assert answer.status == 401


async def test_a_forged_result_is_not_shipped(stage: Stage, page: Page) -> None:
    told = {"orderId": "order_0000000000000000", "paymentId": "pay_0000000000000000", "signature": "0" * 64}
    answer = await page.request.post(f"{stage.url}/demo/confirm", data=told)
    assert await answer.json() == {"verified": False}


async def test_the_key_that_the_browser_sees_is_no_secret(stage: Stage, page: Page) -> None:
    answer = await page.request.post(f"{stage.url}/demo/orders")
    assert set(await answer.json()) == {"order_id", "key"}
    assert "secret" not in await answer.text()
