"""The bank asks the shopper: passed, failed, left, run out of time."""

from playwright.async_api import Page, expect

from core.domain.payment import Status
from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import SECURE, visit


async def test_passed(stage: Stage, shop: Shop, page: Page) -> None:
    """Within the modal: the bank's frame in ours, ours in the shop's."""
    order = await stage.order()
    till = await shop.buy(page, order.id)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    await till.answer_bank("approve")
    await till.is_in("success")
    assert [payment.status for payment in await stage.payments(order)] == [Status.SUCCESS]
    assert (await shop.calls(page))[0][0] == "success"


async def test_failed(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_card(SECURE)
    await till.answer_bank("decline")
    await till.is_in("error")
    await expect(till["error-message"]).to_have_text(
        "Your bank could not confirm that it was you. Try again, or pay another way."
    )
    await till["retry-button"].click()
    await till.pay_by_upi()
    await till.is_in("success")


async def test_left_for_another_way(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_card(SECURE)
    await till["another-way-button"].click()
    await till.pay_by_upi()
    await till.is_in("success")
    left, paid = await stage.payments(order)
    assert (left.error_code, paid.status) == ("superseded", Status.SUCCESS)


async def test_run_out_of_time(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    stage.advance(minutes=16)
    await till.is_in("error")
    await expect(till["error-message"]).to_have_text("The payment was not confirmed in time. Try again.")


async def test_a_reload_comes_back_to_the_bank(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    await page.reload()
    await till.is_in("challenge")
    await till.answer_bank("approve")
    await till.is_in("success")


async def test_the_bank_in_a_tab_of_its_own(stage: Stage, page: Page) -> None:
    """For a bank whose page refuses every frame."""
    till = await visit(stage, page)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    async with page.context.expect_page() as opened:
        await page.locator("#challenge-link").click()
    tab = await opened.value
    await tab.get_by_test_id("acs-approve").click()
    await till.is_in("success")
    assert await tab.evaluate("window.opener") is None


async def test_an_answer_counts_once(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    address = await page.locator("#challenge-link").get_attribute("href")
    await till.answer_bank("decline")
    await till.is_in("error")
    tab = await page.context.new_page()
    await tab.goto(address or "")
    await expect(tab.get_by_text("The answer was given already.")).to_be_visible()
    await expect(tab.get_by_test_id("acs-approve")).to_be_hidden()
