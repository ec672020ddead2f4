"""The demo shop, at `/demo` in development: a product, a button, and what the shop's server hears."""

import json
from collections.abc import AsyncIterator
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from core.domain.errors import Invalid, NotFound, Unauthenticated, Unavailable
from core.domain.ids import ORDER, is_id
from entrypoints.api.routes.development import TEST_KEY
from entrypoints.api.strict_json import read_body
from entrypoints.checkout.assets import FOR_EVER, JAVASCRIPT, STYLES, Asset, packed
from entrypoints.checkout.policy import HEADERS
from entrypoints.demo_shop.inbox import Inbox, verify
from entrypoints.demo_shop.shop import Shop

HERE = Path(__file__).parent / "assets"
FILES = {"demo.js": JAVASCRIPT, "demo.css": STYLES}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAX_WEBHOOK_BYTES = 64 * 1024
LOOK_S = 1.0
STREAM_S = 600.0


@cache
def asset(name: str) -> Asset:
    return Asset.of((HERE / name).read_bytes(), FILES[name])


def demo_routes(gateway: Any) -> list[Route]:
    """Of one application: what the shop hears, it keeps in the memory of this process."""
    desk = Desk(Shop(gateway), Inbox())
    return [
        Route("/demo", desk.page),
        Route("/demo/assets/{hash}/{name}", desk.file),
        Route("/demo/orders", desk.order, methods=["POST"]),
        Route("/demo/confirm", desk.confirm, methods=["POST"]),
        Route("/demo/webhooks", desk.webhook, methods=["POST"]),
        Route("/demo/orders/{id}/stream", desk.stream),
    ]


class Desk:
    """What each address of the shop does."""

    def __init__(self, shop: Shop, inbox: Inbox) -> None:
        self._shop = shop
        self._inbox = inbox

    async def page(self, request: Request) -> Response:
        merchant = await self._shop.merchant()
        names = {name.replace(".", "_"): f"demo/assets/{asset(name).hash}/{name}" for name in FILES}
        html = Template((HERE / "demo.html").read_text(encoding="utf-8"))
        body = html.substitute(names, shop=escape(merchant.name)).encode()
        headers = HEADERS | {"Content-Security-Policy": POLICY}
        return packed(request, body, "text/html; charset=utf-8", headers)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES or asset(name).hash != request.path_params["hash"]:
            raise NotFound("File")
        return asset(name).answer(request, FOR_EVER)

    async def order(self, request: Request) -> Response:
        """The price is the server's: a browser that names one is not asked."""
        order = await self._shop.order()
        return JSONResponse({"order_id": order.id, "key": TEST_KEY}, 201, HEADERS)

    async def confirm(self, request: Request) -> Response:
        """What onSuccess told the browser, checked before anything is shipped."""
        body = await read_body(request)
        told = [body.get(name) for name in ("orderId", "paymentId", "signature")]
        if not all(isinstance(value, str) and len(value) <= 200 for value in told):
            raise Invalid("missing_field", "Send orderId, paymentId and signature, as onSuccess gave them.")
        is_verified = await self._shop.is_signed(*map(str, told))
        return JSONResponse({"verified": is_verified}, headers=HEADERS)

    async def webhook(self, request: Request) -> Response:
        """Answer quickly; what is not signed by the gateway is refused. Raises Unauthenticated."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_WEBHOOK_BYTES:
                raise Invalid("body_too_large", "No webhook is that large.")
        if not verify(body, request.headers, await self._shop.secret()):
            raise Unauthenticated
        await self._inbox.take(body, is_verified=True)
        return Response(status_code=204)

    async def stream(self, request: Request) -> Response:
        """The order's state and its webhooks, as they come."""
        id = request.path_params["id"]
        if not is_id(id, ORDER):
            raise NotFound("Order")
        await self._shop.state(id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._news(request, id), media_type="text/event-stream", headers=headers)

    async def _news(self, request: Request, id: str) -> AsyncIterator[str]:
        seen, told = 0, ""
        hub = request.app.state.hub
        for _ in range(int(STREAM_S / LOOK_S)):
            for received in self._inbox.since(id, seen):
                seen += 1
                yield _event("webhook", {"event": received.event, "verified": received.is_verified})
            state = await self._state(id)
            if state != told:
                told = state
                yield f"event: state\ndata: {state}\n\n"
            if hub.is_closed:
                return
            await self._inbox.wait(LOOK_S)

    async def _state(self, id: str) -> str:
        try:
            order, payment = await self._shop.state(id)
        except Unavailable:
            return "{}"
        shown = {"order": order.status, "payment": payment and payment.status, "attempts": order.attempts}
        return json.dumps(shown)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
