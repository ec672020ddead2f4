"""Server-sent events (the HTML standard, §9.2) of one payment, until a shopper need not wait any more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from core.domain.errors import GatewayError
from core.domain.json_text import to_json
from core.domain.payment import Payment, Status
from core.domain.snapshot import Snapshot
from entrypoints.api.hub import PaymentHub
from entrypoints.api.seats import waiting_elsewhere

STREAM_S = 600.0  # then the browser connects again by itself
HEARTBEAT_S = 15.0  # so that no proxy takes silence for death
RETRY_MS = 2_000
ENDED = frozenset({Status.AUTHORIZED, Status.SUCCESS, Status.FAILED, Status.VOIDED})
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx holds answers back otherwise
]


@dataclass(frozen=True, slots=True)
class PaymentStream:
    """An answer that goes on: the payment now, and again after each change, as `show` shows it."""

    hub: PaymentHub
    payment: Payment
    show: Callable[[Payment], Awaitable[Snapshot]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with waiting_elsewhere(scope):
            await self._stream(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if scope["method"] == "HEAD":
            return await send({"type": "http.response.body", "body": b""})
        gone = asyncio.create_task(_disconnected(receive))
        talking = asyncio.create_task(self._talk(send))
        try:
            await asyncio.wait((gone, talking), return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            talking.cancel()
        return None

    async def _talk(self, send: Send) -> None:
        # The database is away, or too many wait: the stream ends and the browser connects again.
        with suppress(GatewayError):
            await self._follow(send)

    async def _follow(self, send: Send) -> None:
        now = asyncio.get_running_loop().time
        payment, until = self.payment, now() + STREAM_S
        await _send(send, f"retry: {RETRY_MS}\n{await self._event(payment)}")
        while payment.status not in ENDED and now() < until and not self.hub.is_closed:
            newer = await self.hub.newer(payment.id, payment.version, within_s=HEARTBEAT_S)
            if newer is None:
                await _send(send, ": still here\n\n")
            else:
                payment = newer
                await _send(send, await self._event(payment))

    async def _event(self, payment: Payment) -> str:
        return f"id: {payment.version}\nevent: payment\ndata: {to_json(await self.show(payment))}\n\n"


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
