"""A shopper pays: by UPI, by card, after a decline, with the keyboard alone."""

from playwright.async_api import Page, expect

from core.domain.merchant import Mode
from core.domain.order import Capture
from core.domain.payment import Status
from core.domain.signing import checkout_signature
from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import DECLINED, GOOD, POOR, visit


async def test_the_page_says_what_is_paid_and_to_whom(stage: Stage, page: Page) -> None:
    order = await stage.order(123_456_789)
    till = await visit(stage, page, order)
    await expect(till["order-amount"]).to_have_text("₹12,34,567.89")
    await expect(till["order-id"]).to_have_text(order.id)
    await expect(page.get_by_text("Acme Stores", exact=True)).to_be_visible()
    await expect(till["pay-button"]).to_have_text("Pay ₹12,34,567.89")


async def test_upi_pays(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_upi()
    await till.is_in("processing")
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")
    await till.is_in("success")
    [payment] = await stage.payments(order)
    await expect(till["payment-id"]).to_have_text(payment.id)
    await expect(till["success-message"]).to_have_text("₹1,499.00 paid to Acme Stores")
    assert (payment.status, payment.vpa) == (Status.SUCCESS, "asha@okbank")


async def test_a_card_pays(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_card()
    await till.is_in("processing")
    await expect(till["processing-message"]).to_have_text("Confirming with your bank…")
    await till.is_in("success")
    [payment] = await stage.payments(order)
    assert (payment.status, payment.card_last4) == (Status.SUCCESS, "4242")


async def test_after_a_decline_another_card_pays(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order()
    till = await shop.buy(page, order.id)
    await till.pay_by_card(DECLINED)
    await till.is_in("error")
    await expect(till["error-message"]).to_have_text("Your bank declined this card. Try another card or UPI.")
    await till["retry-button"].click()
    await till.is_in("form")
    await expect(till["card-number-input"]).to_be_focused()
    await expect(till["card-number-input"]).to_have_value("")
    await expect(till["cvv-input"]).to_have_value("")
    await expect(till["expiry-input"]).to_have_value("12 / 31")
    await expect(till["cardholder-name-input"]).to_have_value("Asha Rao")
    await till.type_card(GOOD)
    await till["pay-button"].click()
    await till.is_in("success")
    declined, paid = await stage.payments(order)
    (first, failure), (second, success) = (await shop.calls(page))[:2]
    assert (first, failure["code"], failure["paymentId"]) == ("failure", "generic_decline", declined.id)
    assert (second, success["paymentId"], success["orderId"]) == ("success", paid.id, order.id)
    secret = stage.merchant.signing_secrets[Mode.TEST]
    assert success["signature"] == checkout_signature(order.id, paid.id, secret)


async def test_a_decline_says_why(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_card(POOR)
    await till.is_in("error")
    await expect(till["error-message"]).to_contain_text("There is not enough money in this account.")


async def test_a_double_click_pays_once(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.type_card()
    await till["pay-button"].dblclick()
    await page.evaluate("for (let n = 0; n < 5; n++) document.getElementById('form').requestSubmit()")
    await till.is_in("success")
    assert len(await stage.payments(order)) == 1


async def test_the_keyboard_alone_pays(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order()
    till = await shop.visit(page, order.id)
    await page.keyboard.press("Tab")
    await expect(page.locator("#buy")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#payment-gateway-modal .ready")
    await page.keyboard.press("Tab")  # into the ways to pay
    await expect(till.where.locator("#method-upi")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(till["card-form"]).to_be_visible()
    for text in ("4242424242424242", "1231", "123", "Asha Rao"):
        await page.keyboard.press("Tab")
        await page.keyboard.type(text)
    await page.keyboard.press("Tab")
    await expect(till["pay-button"]).to_be_focused()
    await page.keyboard.press("Enter")
    await till.is_in("success")
    await page.wait_for_selector("#payment-gateway-modal", state="detached")
    await expect(page.locator("#buy")).to_be_focused()


async def test_manual_capture_ends_as_authorized(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order(capture=Capture.MANUAL)
    till = await shop.buy(page, order.id)
    await expect(till["payment-methods"]).to_be_hidden()  # UPI has no holds, so there is no choice
    await till["card-number-input"].fill(GOOD)
    await till["expiry-input"].fill("1231")
    await till["cvv-input"].fill("123")
    await till["cardholder-name-input"].fill("Asha Rao")
    await till["pay-button"].click()
    await till.is_in("success")
    await expect(till["success-message"]).to_have_text("₹1,499.00 reserved for Acme Stores")
    assert (await shop.calls(page))[0][1]["signature"]
