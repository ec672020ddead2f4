"""axe-core finds nothing, whatever is on show, in light and in dark; and what axe cannot see."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.checkout.axe import complaints
from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.states import STATES, arrive
from tests.integration.checkout.till import SECURE, visit


@pytest.mark.parametrize("name", STATES)
async def test_every_state_of_the_page(stage: Stage, browser: Browser, name: str) -> None:
    steps, arrival = STATES[name]
    context = await browser.new_context(locale="en-IN", reduced_motion="reduce")
    try:
        page = await context.new_page()
        till = await arrive(stage, page, arrival)
        await steps(stage, page, till)
        await context.set_offline(False)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a Literal to Playwright
            await page.wait_for_timeout(200)  # colours have a transition
            assert await complaints(page) == []
    finally:
        await context.close()


async def test_the_banks_page(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    await page.goto(await page.locator("#challenge-link").get_attribute("href") or "")
    assert await complaints(page) == []


async def test_the_modal(stage: Stage, shop: Shop, page: Page) -> None:
    till = await shop.buy(page, (await stage.order()).id)
    assert await complaints(page) == []
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    await page.get_by_test_id("close-modal-button").click()
    await expect(till["leave-dialog"]).to_be_visible()
    assert await complaints(page, only=stage.url) == []
    await till["stay-button"].click()
    await till.answer_bank("approve")
    await till.is_in("success")
    assert await complaints(page) == []


async def test_an_error_is_beside_its_field_and_announced(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till["method-card"].click()
    number = till["card-number-input"]
    await number.press_sequentially("42424242424")
    error = page.locator("#number-error")
    await expect(error).to_be_empty()  # never while typing
    height = await page.locator("main").bounding_box()
    await number.press("Tab")
    await expect(error).to_have_text("The card number is too short")
    await expect(error).to_have_attribute("aria-live", "polite")
    await expect(number).to_have_attribute("aria-invalid", "true")
    assert "number-error" in (await number.get_attribute("aria-describedby") or "")
    assert await page.locator("main").bounding_box() == height  # its space was kept
    await number.fill("4242424242424242")
    await expect(error).to_be_empty()


async def test_each_state_is_said(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    live = page.get_by_role("status").last
    await till.pay_by_upi()
    await expect(live).to_have_text("Waiting for your approval…")
    await expect(live).to_have_text("Payment successful. ₹1,499.00 paid to Acme Stores")
    await expect(page.locator("#success-title")).to_be_focused()


async def test_no_more_motion_than_one_wants(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_upi("timeout@okbank")
    await till.is_in("processing")
    assert await page.locator(".spinner").evaluate("(svg) => getComputedStyle(svg).animationName") == "none"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_is_cut_off(stage: Stage, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 720})
    order = await stage.order(99_999_999_999)
    for locale in ("en", "hi"):
        till = await visit(stage, page, order, locale=locale)
        await till["method-card"].click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_right_to_left_mirrors(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till["method-card"].click()
    await page.evaluate("document.documentElement.dir = 'rtl'")
    sheet, mark = await page.locator("main").bounding_box(), await page.locator(".mark").bounding_box()
    assert sheet is not None and mark is not None
    assert sheet["x"] + sheet["width"] - (mark["x"] + mark["width"]) == 24
    await expect(till["card-number-input"]).to_have_css("direction", "ltr")  # digits are read from the left
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
