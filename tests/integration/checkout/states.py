"""Every state of the payment page and how one gets there: for axe, and for the camera."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page, expect

from core.domain.order import Order
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import DECLINED, SECURE, Till

Steps = Callable[[Stage, Page, Till], Awaitable[None]]


@dataclass(frozen=True)
class Arrival:
    """What the shopper is sent to pay; `how` goes to the order, `query` to the page."""

    minor: int = 149_900
    expires_in_s: int | None = None
    advance_s: float = 0
    is_unknown: bool = False
    query: str = ""


async def upi(stage: Stage, page: Page, till: Till) -> None:
    await till.type_vpa()


async def card(stage: Stage, page: Page, till: Till) -> None:
    await till.type_card()


async def errors(stage: Stage, page: Page, till: Till) -> None:
    await till.type_card("4242 4242 4242 4243", expiry="01/20", cvv="12", name="")
    await till["pay-button"].click()
    await expect(till.where.locator("#number-error")).not_to_be_empty()


async def processing(stage: Stage, page: Page, till: Till) -> None:
    await till.pay_by_upi("timeout@okbank")
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")


async def resumed(stage: Stage, page: Page, till: Till) -> None:
    await processing(stage, page, till)
    await page.reload()
    await page.wait_for_selector("html.ready")
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")


async def reconnecting(stage: Stage, page: Page, till: Till) -> None:
    await page.route("**/payments/public", lambda route: route.abort())
    await till.pay_by_card()
    await expect(till["processing-message"]).to_have_text("Connection lost. Trying again…")


async def challenge(stage: Stage, page: Page, till: Till) -> None:
    await till.pay_by_card(SECURE)
    await expect(till.bank().get_by_test_id("acs-approve")).to_be_visible()


async def success(stage: Stage, page: Page, till: Till) -> None:
    await till.pay_by_card()
    await till.is_in("success")


async def declined(stage: Stage, page: Page, till: Till) -> None:
    await till.pay_by_card(DECLINED)
    await till.is_in("error")


async def offline(stage: Stage, page: Page, till: Till) -> None:
    await till.type_card()
    await page.context.set_offline(True)
    await expect(till.where.locator("#banner")).to_be_visible()


async def ended(stage: Stage, page: Page, till: Till) -> None:
    await till.is_in("error")


async def paid(stage: Stage, page: Page, till: Till) -> None:
    await till.pay_by_upi()
    await till.is_in("success")
    await page.evaluate("sessionStorage.clear()")
    await page.reload()
    await till.is_in("error")


STATES: dict[str, tuple[Steps, Arrival]] = {
    "upi": (upi, Arrival()),
    "card": (card, Arrival()),
    "errors": (errors, Arrival()),
    "processing": (processing, Arrival()),
    "resumed": (resumed, Arrival()),
    "reconnecting": (reconnecting, Arrival()),
    "challenge": (challenge, Arrival()),
    "success": (success, Arrival()),
    "declined": (declined, Arrival()),
    "offline": (offline, Arrival()),
    "expired": (ended, Arrival(expires_in_s=1, advance_s=5)),
    "paid": (paid, Arrival()),
    "unknown": (ended, Arrival(is_unknown=True)),
    "hindi": (card, Arrival(query="&locale=hi")),
}


async def arrive(stage: Stage, page: Page, arrival: Arrival) -> Till:
    """The page of its own, ready."""
    order: Order = await stage.order(arrival.minor, expires_in_s=arrival.expires_in_s)
    stage.advance(seconds=arrival.advance_s)
    id = "order_0000000000000000" if arrival.is_unknown else order.id
    await page.goto(f"{stage.url}/checkout?order_id={id}{arrival.query}")
    await page.wait_for_selector("html.ready")
    return Till(page)
