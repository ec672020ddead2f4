"""What comes between a shopper and a payment: reloads, other windows, outages, time."""

from playwright.async_api import BrowserContext, Page, expect

from core.domain.errors import Unavailable
from core.domain.payment import Status
from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import SECURE, Till, visit


async def test_a_reload_in_the_middle_resumes(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_upi("timeout@okbank")  # silent for three seconds
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")
    await page.reload()
    await till.is_in("processing")
    await expect(till["upi-form"]).to_be_hidden()
    await till.is_in("success", timeout_s=20)
    assert len(await stage.payments(order)) == 1
    await page.reload()
    await till.is_in("success")  # the attempt is remembered as long as the tab


async def test_a_reload_before_the_gateway_answers_resumes(stage: Stage, page: Page) -> None:
    """The request was on its way when the page went."""
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.type_card()
    await till["pay-button"].click(no_wait_after=True)
    await page.reload()
    await till.is_in("success", timeout_s=20)
    assert len(await stage.payments(order)) == 1


async def test_a_request_that_never_arrived_is_no_payment(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await page.evaluate(f"sessionStorage.setItem('attempt:{order.id}', 'never-sent')")
    await page.reload()
    await till.is_in("form", timeout_s=15)
    await expect(page.locator("#banner")).to_contain_text("nothing was charged")
    await till.pay_by_upi()
    await till.is_in("success")


async def test_two_tabs_on_one_order(stage: Stage, page: Page, context: BrowserContext) -> None:
    order = await stage.order()
    first = await visit(stage, page, order)
    other_page = await context.new_page()
    second = await visit(stage, other_page, order)
    await first.pay_by_upi("timeout@okbank")
    await first.is_in("processing")
    await expect(first["processing-message"]).to_have_text("Waiting for your approval…")
    await second.pay_by_card()
    await second.is_in("error")
    await expect(other_page.locator("#error-title")).to_have_text("A payment is already under way")
    await first.is_in("success", timeout_s=20)
    await expect(other_page.locator("#error-title")).to_have_text(
        "This order is already paid", timeout=15_000
    )
    assert len(await stage.payments(order)) == 1


async def test_the_gateway_goes_away_before_it_answers(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await stage.go_away()
    try:
        await till.pay_by_card()
        await expect(till["processing-message"]).to_have_text("Connection lost. Trying again…")
    finally:
        await stage.come_back()
    await till.is_in("success", timeout_s=20)
    assert len(await stage.payments(order)) == 1


async def test_the_gateway_goes_away_in_the_middle(stage: Stage, page: Page) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_upi("timeout@okbank")
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")
    await stage.go_away()
    try:
        await expect(till["processing-message"]).to_have_text(
            "Connection lost. Trying again…", timeout=15_000
        )
    finally:
        await stage.come_back()
    await till.is_in("success", timeout_s=20)


async def test_offline_and_back(stage: Stage, page: Page, context: BrowserContext) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.type_vpa("timeout@okbank")
    await context.set_offline(True)
    await expect(page.locator("#banner")).to_have_text("You are offline. Connect again to pay.")
    await till["pay-button"].click()
    await till.is_in("form")
    await context.set_offline(False)
    await expect(page.locator("#banner")).to_have_text("You are back online.")
    await till["pay-button"].click()
    await expect(till["processing-message"]).to_have_text("Waiting for your approval…")
    await context.set_offline(True)
    await expect(till["processing-message"]).to_have_text(
        "You are offline. We continue when you are back.", timeout=15_000
    )
    await context.set_offline(False)
    await till.is_in("success", timeout_s=20)
    assert len(await stage.payments(order)) == 1


async def test_without_server_sent_events_it_asks(stage: Stage, page: Page) -> None:
    await page.route("**/stream", lambda route: route.abort())
    till = await visit(stage, page)
    await till.pay_by_card()
    await till.is_in("success", timeout_s=20)


async def test_an_order_that_expires_while_one_types(stage: Stage, page: Page) -> None:
    order = await stage.order(expires_in_s=1)
    till = await visit(stage, page, order)
    await till.is_in("error")
    await expect(page.locator("#error-title")).to_have_text("This order has expired")
    await expect(till["retry-button"]).to_be_hidden()


async def test_a_payment_begun_in_time_may_end_later(stage: Stage, page: Page) -> None:
    order = await stage.order(expires_in_s=60)
    till = await visit(stage, page, order)
    await till.pay_by_card(SECURE)
    await till.is_in("challenge")
    stage.advance(seconds=90)
    await page.reload()
    await till.is_in("challenge")
    await till.answer_bank("approve")
    await till.is_in("success")
    [payment] = await stage.payments(order)
    assert payment.status is Status.SUCCESS


async def test_an_expired_order(stage: Stage, page: Page) -> None:
    order = await stage.order(expires_in_s=1)
    stage.advance(seconds=5)
    till = await visit(stage, page, order)
    await till.is_in("error")
    await expect(till["error-message"]).to_have_text("Go back to Acme Stores and order again.")


async def test_a_paid_order(stage: Stage, page: Page, context: BrowserContext) -> None:
    order = await stage.order()
    till = await visit(stage, page, order)
    await till.pay_by_upi()
    await till.is_in("success")
    elsewhere = await context.new_page()
    later = await visit(stage, elsewhere, order)
    await later.is_in("error")
    await expect(elsewhere.locator("#error-title")).to_have_text("This order is already paid")


async def test_an_unknown_order(stage: Stage, page: Page) -> None:
    answer = await page.goto(f"{stage.url}/checkout?order_id=order_0000000000000000")
    assert answer is not None and answer.status == 404
    await Till(page).is_in("error")
    await expect(page.locator("#error-title")).to_have_text("We cannot find this order")


async def test_the_database_is_away(stage: Stage, page: Page) -> None:
    class Away:
        def begin(self) -> None:
            raise Unavailable("database_away", "The database does not answer.")

    order = await stage.order()
    with stage.gateway.uow.override(Away()):
        answer = await page.goto(f"{stage.url}/checkout?order_id={order.id}")
    assert answer is not None and answer.status == 503
    await expect(page.locator("#error-title")).to_have_text("The payment service does not answer")
    await Till(page)["retry-button"].click()
    await Till(page).is_in("form")
