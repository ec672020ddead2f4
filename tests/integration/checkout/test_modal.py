"""The dialog in a shop's page: opened, closed, kept open, and found by the keyboard."""

import json

import pytest
from playwright.async_api import Page, expect

from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import SECURE

MODAL = "#payment-gateway-modal[data-test-id=payment-modal]"
FRAME = f"{MODAL} > .modal-overlay > .modal-content > iframe[data-test-id=payment-iframe]"
CLOSE = f"{MODAL} > .modal-overlay > .modal-content > button.close-button[data-test-id=close-modal-button]"


async def test_it_is_an_accessible_dialog_as_the_contract_has_it(
    stage: Stage, shop: Shop, page: Page
) -> None:
    order = await stage.order()
    await shop.buy(page, order.id)
    source = await page.locator(FRAME).get_attribute("src") or ""
    assert source.startswith(f"{stage.url}/checkout?order_id={order.id}&embedded=true")
    await expect(page.locator(CLOSE)).to_be_visible()
    dialog = page.get_by_role("dialog", name="Payment")
    await expect(dialog).to_have_attribute("aria-modal", "true")
    await expect(page.locator(".modal-content")).to_have_css("padding", "0px")  # the shop's own rule lost
    assert await page.evaluate("document.documentElement.style.overflow") == "hidden"


async def test_close_before_paying_gives_the_page_back(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order()
    await shop.buy(page, order.id)
    await page.click(CLOSE)
    await expect(page.locator(MODAL)).to_have_count(0)
    await expect(page.locator("#buy")).to_be_focused()
    assert await page.evaluate("document.documentElement.style.overflow") == ""
    assert await shop.calls(page) == [("close", None)]
    assert await stage.payments(order) == []
    await page.click("#buy")  # and again
    await page.wait_for_selector(f"{MODAL} .ready")


@pytest.mark.parametrize("within", [False, True])
async def test_escape_closes(stage: Stage, shop: Shop, page: Page, within: bool) -> None:
    till = await shop.buy(page, (await stage.order()).id)
    await (till["vpa-input"] if within else page.locator(CLOSE)).focus()
    await page.keyboard.press("Escape")
    await expect(page.locator(MODAL)).to_have_count(0)


async def test_the_focus_stays_within(stage: Stage, shop: Shop, page: Page) -> None:
    await shop.buy(page, (await stage.order()).id)
    seen = set()
    for _ in range(12):
        await page.keyboard.press("Tab")
        seen.add(await page.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert seen <= {"IFRAME", "close-button", "BODY"}  # BODY: the browser's own controls
    assert {"IFRAME", "close-button"} <= seen


async def test_open_twice_is_open_once(stage: Stage, shop: Shop, page: Page) -> None:
    await shop.buy(page, (await stage.order()).id)
    await page.evaluate("gateway.open(); new PaymentGateway(options).open()")
    await expect(page.locator("iframe")).to_have_count(1)


async def test_the_script_may_be_loaded_twice(stage: Stage, shop: Shop, page: Page) -> None:
    tag = f'<script src="{stage.url}/checkout.js"></script>'
    keep = "<script>window.first = PaymentGateway</script>"
    till = await shop.buy(page, (await stage.order()).id, scripts=tag + keep + tag)
    assert await page.evaluate("first === PaymentGateway")
    await till.pay_by_upi()
    await till.is_in("success")


async def test_success_closes_by_itself(stage: Stage, shop: Shop, page: Page) -> None:
    till = await shop.buy(page, (await stage.order()).id)
    await till.pay_by_card()
    await till.is_in("success")
    await page.wait_for_timeout(1200)
    await expect(page.locator(MODAL)).to_have_count(1)
    await expect(page.locator(MODAL)).to_have_count(0)
    assert [name for name, _ in await shop.calls(page)] == ["success", "close"]


async def test_moving_money_keeps_it_open(stage: Stage, shop: Shop, page: Page) -> None:
    till = await shop.buy(page, (await stage.order()).id)
    await till.pay_by_upi("timeout@okbank")
    await till.is_in("processing")
    await page.keyboard.press("Escape")
    await expect(till["leave-dialog"]).to_contain_text("it may still go through")
    await page.keyboard.press("Escape")  # closes the question, not the payment
    await expect(till["leave-dialog"]).to_be_hidden()
    await page.evaluate("gateway.close()")
    await expect(till["leave-dialog"]).to_be_visible()
    await till["stay-button"].click()
    await till.is_in("success", timeout_s=20)


async def test_one_may_leave_all_the_same(stage: Stage, shop: Shop, page: Page) -> None:
    till = await shop.buy(page, (await stage.order()).id)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    await page.click(CLOSE)
    await expect(till["leave-dialog"]).to_contain_text("You have not confirmed the payment")
    await till["leave-button"].click()
    await expect(page.locator(MODAL)).to_have_count(0)
    await page.click("#buy")  # the tab remembers its attempt
    await till.is_in("challenge")


async def test_what_the_shop_knows_is_filled_in(stage: Stage, shop: Shop, page: Page) -> None:
    till = await shop.buy(
        page,
        (await stage.order()).id,
        prefill={"name": "Asha Rao", "vpa": "asha@okbank"},
        theme={"color": "#ffd400"},
        locale="hi",
    )
    await expect(till["vpa-input"]).to_have_value("asha@okbank")
    await expect(till["cardholder-name-input"]).to_have_value("Asha Rao")
    await expect(till["pay-button"]).to_have_text("₹1,499.00 का भुगतान करें")
    await expect(till["pay-button"]).to_have_css("background-color", "rgb(140, 117, 0)")  # yellow, darkened
    assert "Asha" not in (await page.locator(FRAME).get_attribute("src") or "")


async def test_a_pinned_script_is_checked_by_the_browser(stage: Stage, shop: Shop, page: Page) -> None:
    answer = await page.request.get(f"{stage.url}/checkout.js.json")
    known = json.loads(await answer.text())
    tag = '<script src="{url}" integrity="{integrity}" crossorigin="anonymous"></script>'.format(**known)
    till = await shop.buy(page, (await stage.order()).id, scripts=tag)
    await till.pay_by_upi()
    await till.is_in("success")


async def test_the_page_behind_the_gateway_is_gone(stage: Stage, shop: Shop, page: Page) -> None:
    await page.clock.install()
    await shop.visit(page, (await stage.order()).id, baseUrl="http://gone.localhost:1")
    await page.click("#buy")
    await page.clock.run_for(16_000)
    await expect(page.get_by_text("The payment page cannot be reached.")).to_be_visible()
    await page.click(CLOSE)
    await expect(page.locator(MODAL)).to_have_count(0)


async def test_a_page_of_its_own_comes_back_to_the_shop(stage: Stage, shop: Shop, page: Page) -> None:
    there = shop.origin() + "/thanks"
    await stage.allow(return_urls=(there,))
    order = await stage.order()
    await page.goto(f"{stage.url}/checkout?order_id={order.id}&return_url={there}")
    await page.get_by_test_id("vpa-input").fill("asha@okbank")
    await page.get_by_test_id("pay-button").click()
    await page.wait_for_url("**/thanks?*")
    [payment] = await stage.payments(order)
    assert f"order_id={order.id}&payment_id={payment.id}&signature=" in page.url


async def test_no_other_return_address(stage: Stage, page: Page) -> None:
    order = await stage.order()
    answer = await page.goto(f"{stage.url}/checkout?order_id={order.id}&return_url=https://evil.example/")
    assert answer is not None and answer.status == 400
    await expect(page.locator("#error-title")).to_have_text("This link cannot be used")
    assert "evil.example" not in await page.content()
