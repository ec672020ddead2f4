"""Pages that mean no good: around the payment page, beside it, and behind it."""

from playwright.async_api import Page, expect

from tests.integration.checkout.shop import Shop
from tests.integration.checkout.stage import KEY, Stage
from tests.integration.checkout.till import Till

FRAME = "[data-test-id=payment-iframe]"

FORGE = """(nonce) => {
  const data = {paymentId: "pay_forged", orderId: "order_forged", signature: "0", code: "x", height: 9, busy: true};
  for (const type of ["payment_success", "payment_failed", "close_modal", "resize", "busy", "ready"]) {
    parent.postMessage({type, data, nonce}, "*");
    parent.postMessage({type, data}, "*");
  }
}"""


async def test_an_unregistered_shop_cannot_embed(stage: Stage, shop: Shop, page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    await shop.visit(page, (await stage.order()).id, host="evil")
    await page.click("#buy")
    await page.wait_for_timeout(1500)
    assert any("frame-ancestors" in text for text in refused)
    frame = page.frame(url="**/checkout*")
    assert frame is None or await frame.locator("#form").count() == 0


async def test_a_shop_within_a_strangers_page_cannot_either(stage: Stage, shop: Shop, page: Page) -> None:
    """All who are around must be registered, not only the next."""
    order = await stage.order()
    await shop.visit(page, order.id)
    shop.pages["/around"] = f'<!doctype html><title>Evil</title><iframe src="{shop.origin()}/"></iframe>'
    await page.goto(shop.origin("evil") + "/around")
    inner = page.frame_locator("iframe")
    await inner.locator("#buy").click()
    await page.wait_for_timeout(1500)
    assert await inner.frame_locator(FRAME).locator("#form").count() == 0


async def test_a_frame_beside_ours_is_not_heard(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order()
    await shop.buy(page, order.id)
    nonce = await page.evaluate(f"document.querySelector('{FRAME}').src.split('#')[1]")
    await page.evaluate(
        """(url) => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.id = "evil";
          frame.onload = done;
          frame.src = url;
          document.body.append(frame);
        })""",
        shop.origin("evil") + "/blank",
    )
    evil = page.frame(url="**/blank")
    assert evil is not None
    await evil.evaluate(FORGE, nonce)  # even if it knew the nonce
    await page.wait_for_timeout(300)
    assert await shop.calls(page) == []
    await page.get_by_test_id("close-modal-button").click()  # and it is not thought busy
    await expect(page.get_by_test_id("payment-modal")).to_have_count(0)


async def test_a_frame_of_the_gateways_own_origin_is_not_heard(stage: Stage, shop: Shop, page: Page) -> None:
    """The right origin is not enough: it has to be the window that we opened."""
    order = await stage.order()
    await shop.buy(page, order.id)
    await page.evaluate(
        """(url) => new Promise((done) => {
          const frame = document.createElement("iframe");
          frame.name = "twin";
          frame.onload = done;
          frame.src = url;
          document.body.append(frame);
        })""",
        f"{stage.url}/checkout?order_id={order.id}&embedded=true&origin={shop.origin()}",
    )
    twin = page.frame(name="twin")
    assert twin is not None
    await twin.evaluate(FORGE, "guessed")
    await page.wait_for_timeout(300)
    assert await shop.calls(page) == []


async def test_the_page_hears_only_who_opened_it(stage: Stage, shop: Shop, page: Page) -> None:
    """A registered origin that frames the page itself, without the nonce, is told and obeyed nothing."""
    order = await stage.order()
    await shop.visit(page, order.id)
    await page.evaluate(
        """([url, origin]) => new Promise((done) => {
          window.heard = [];
          addEventListener("message", ({ data }) => heard.push(data));
          const frame = document.createElement("iframe");
          frame.name = "ours";
          frame.onload = () => {
            for (const nonce of [undefined, "", "guessed"]) {
              for (const type of ["init", "close_request"]) {
                frame.contentWindow.postMessage({type, nonce, data: {prefill: {vpa: "evil@okbank"}}}, "*");
              }
            }
            setTimeout(done, 300);
          };
          frame.src = url;
          document.body.append(frame);
        })""",
        [
            f"{stage.url}/checkout?order_id={order.id}&embedded=true&key={KEY.id}&origin={shop.origin()}",
            shop.origin(),
        ],
    )
    ours = page.frame(name="ours")
    assert ours is not None
    assert await ours.locator("[data-test-id=vpa-input]").input_value() == ""
    assert await page.evaluate("heard") == []


async def test_an_opener_has_no_say(stage: Stage, shop: Shop, page: Page) -> None:
    order = await stage.order()
    await page.goto(shop.origin("evil") + "/blank")
    async with page.expect_popup() as opened:
        await page.evaluate(
            "(url) => { window.popup = window.open(url) }",
            f"{stage.url}/checkout?order_id={order.id}&embedded=true&origin={shop.origin('evil')}#known",
        )
    popup = await opened.value
    await popup.wait_for_selector("html.ready")
    await page.evaluate(
        "popup.postMessage({type: 'init', nonce: 'known', data: {prefill: {vpa: 'evil@okbank'}}}, '*')"
    )
    await popup.wait_for_timeout(200)
    await expect(Till(popup)["vpa-input"]).to_have_value("")


async def test_a_key_of_another_merchant_finds_nothing(stage: Stage, page: Page) -> None:
    order = await stage.order()
    other = await stage.gateway.create_merchant()("Other", "other@example.com")
    key = next(iter(other.keys.values())).id
    answer = await page.goto(f"{stage.url}/checkout?order_id={order.id}&key={key}")
    assert answer is not None and answer.status == 404
    assert order.id not in await page.locator("main").inner_html()
