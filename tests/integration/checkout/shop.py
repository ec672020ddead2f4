"""A merchant's page with the SDK on it, on an origin of its own, and pages that mean no good."""

import json
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.integration.checkout.stage import KEY, Served, Stage
from tests.integration.checkout.till import Till

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A shop</title>
{scripts}
<style>.modal-content {{ display: none; padding: 99px }} button {{ text-transform: uppercase }}</style>
<main><h1>A shop</h1><button id="buy">Buy</button><p style="height: 3000px">Long</p></main>
<script>
  window.calls = [];
  const note = (name) => (data) => calls.push([name, data ?? null]);
  window.options = Object.assign({options}, {{
    onSuccess: note("success"), onFailure: note("failure"), onClose: note("close"),
  }});
  document.getElementById("buy").onclick = () => {{
    window.gateway = new PaymentGateway(options);
    gateway.open();
  }};
</script></html>"""


@dataclass
class Shop:
    """Served on a port of its own; any name below `localhost` is another origin there."""

    stage: Stage
    served: Served

    @classmethod
    async def start(cls, stage: Stage) -> "Shop":
        shop = cls(stage, Served(None))
        shop.served.app = Starlette(routes=[Route("/{path:path}", shop.answer)])
        await shop.served.start()
        return shop

    def origin(self, host: str = "shop") -> str:
        return f"http://{host}.localhost:{self.served.port}"

    async def answer(self, request: Request) -> HTMLResponse:
        return HTMLResponse(self.pages.get(request.url.path, "Not here"))

    async def visit(
        self, page: Page, order_id: str, *, host: str = "shop", scripts: str | None = None, **options: Any
    ) -> Till:
        """The merchant's page, with what the SDK needs to show that order."""
        tag = f'<script src="{self.stage.url}/checkout.js"></script>'
        shown = {"key": KEY.id, "orderId": order_id, **options}
        self.pages["/"] = PAGE.format(scripts=scripts or tag, options=json.dumps(shown))
        await page.goto(self.origin(host))
        return Till(page.frame_locator("[data-test-id=payment-iframe]"))

    async def buy(self, page: Page, order_id: str, **how: Any) -> Till:
        """The same, with the modal open and ready."""
        till = await self.visit(page, order_id, **how)
        await page.click("#buy")
        await page.wait_for_selector("#payment-gateway-modal .ready")
        return till

    async def calls(self, page: Page) -> list[tuple[str, Any]]:
        return [(name, data) for name, data in await page.evaluate("calls")]

    def __post_init__(self) -> None:
        self.pages: dict[str, str] = {}
