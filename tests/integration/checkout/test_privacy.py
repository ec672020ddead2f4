"""Where a card goes: to the gateway, once, and nowhere else."""

from urllib.parse import urlsplit

from playwright.async_api import Page, Request

from tests.integration.checkout.stage import Stage
from tests.integration.checkout.till import DECLINED, GOOD, visit

DIGITS = GOOD.replace(" ", "")


async def test_no_request_leaves_for_anywhere_else(stage: Stage, page: Page) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    till = await visit(stage, page)
    await till.pay_by_card()
    await till.is_in("success")
    hosts = {urlsplit(request.url).netloc for request in requests if not request.url.startswith("data:")}
    assert hosts == {urlsplit(stage.url).netloc}
    carrying = [request for request in requests if DIGITS in (request.post_data or "")]
    assert [(request.method, urlsplit(request.url).path) for request in carrying] == [
        ("POST", "/api/v1/payments/public")
    ]
    assert [(r.url, r.headers) for r in requests if DIGITS in r.url or r.headers.get("referer")] == []


async def test_the_card_stays_nowhere(stage: Stage, page: Page) -> None:
    till = await visit(stage, page)
    await till.pay_by_card(DECLINED)
    await till.is_in("error")
    kept = await page.evaluate(
        "JSON.stringify([{...sessionStorage}, {...localStorage}, history.state, location.href, document.cookie,"
        " [...document.querySelectorAll('input')].map((input) => input.value)])"
    )
    assert "4000" not in kept and "0002" not in kept and "123" not in kept
    await till["retry-button"].click()
    await till.type_card()
    await page.goto(f"{stage.url}/health/live")
    await page.go_back()
    await page.wait_for_selector("html.ready")
    assert await till["card-number-input"].input_value() == ""
    assert await till["cvv-input"].input_value() == ""
