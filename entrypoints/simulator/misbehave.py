"""One request, answered as badly as the faults that strike it say."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.simulator.faults import Fault, Rule
from entrypoints.simulator.replies import Reply, error_reply

TRANSPORT = "simulator.transport"  # where the server leaves the connection, in the scope
MAX_HANG_S = 120.0  # nobody waits longer
OVERSIZE = "x" * (4 << 20)
DRIP_MS = 1_000

Act = Callable[[], Awaitable[Reply]]
How = Callable[[Request, Rule, Reply], Awaitable[ASGIApp]]


async def misbehave(request: Request, rules: Sequence[Rule], act: Act) -> ASGIApp:
    """`act` moves the money. The first rule that ends the request before that, or else after it, has its way."""
    await asyncio.sleep(sum(rule.delay_ms for rule in rules if rule.fault is Fault.SLOW) / 1000)
    for rule in rules:
        if rule.fault in BEFORE:
            return await BEFORE[rule.fault](request, rule, NOTHING_DONE)
    reply = await act()
    for rule in rules:
        if rule.fault in AFTER:
            return await AFTER[rule.fault](request, rule, reply)
    return reply


async def _error(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return error_reply(500, "internal_error", "Something failed on our side.")


async def _in_progress(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return error_reply(409, "in_progress", "A request with this key is being processed.")


async def _rate_limited(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return error_reply(429, "too_many_requests", "Ask less often.")


async def _hang(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    try:
        async with asyncio.timeout(MAX_HANG_S):
            await _until_gone(request)
    except TimeoutError:
        return await _cut(request, rule, reply)
    return silence


async def _cut(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    request.scope[TRANSPORT].abort()
    await _until_gone(request)
    return silence


async def _cut_midway(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    async def send_half(scope: Scope, receive: Receive, send: Send) -> None:
        body = reply.body
        await send(reply.start(len(body)))
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        scope[TRANSPORT].close()  # unlike abort, once what was written has left
        await _until_gone(request)

    return send_half


async def _drip(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    async def send_slowly(scope: Scope, receive: Receive, send: Send) -> None:
        body = reply.body
        await send(reply.start(len(body)))
        for place in range(len(body)):
            await asyncio.sleep((rule.delay_ms or DRIP_MS) / 1000)
            if await request.is_disconnected():
                return
            more = place + 1 < len(body)
            await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": more})

    return send_slowly


async def _garbled(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return Reply(200, {}, raw=reply.body[:-7] + b"\xff")


async def _wrong_type(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return Reply(200, {}, "text/html", raw=b"<html>Everything is fine.</html>")


async def _oversized(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    return Reply(reply.status, {**reply.document, "padding": OVERSIZE})


async def _says_declined(request: Request, rule: Rule, reply: Reply) -> ASGIApp:
    if reply.document.get("outcome") != "approved":
        return reply
    words = {"code": "processing_error", "description": "The bank could not process the payment."}
    return Reply(402, {**reply.document, "outcome": "declined", **words})


async def silence(scope: Scope, receive: Receive, send: Send) -> None:
    """No answer at all; the other side has gone already."""


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


NOTHING_DONE = Reply(500, {})
BEFORE: dict[Fault, How] = {
    Fault.DOWN: _cut,
    Fault.CUT_BEFORE: _cut,
    Fault.ERROR_BEFORE: _error,
    Fault.HANG_BEFORE: _hang,
    Fault.IN_PROGRESS: _in_progress,
    Fault.RATE_LIMITED: _rate_limited,
}
AFTER: dict[Fault, How] = {
    Fault.CUT_AFTER: _cut,
    Fault.CUT_MIDWAY: _cut_midway,
    Fault.ERROR_AFTER: _error,
    Fault.HANG_AFTER: _hang,
    Fault.DRIP: _drip,
    Fault.GARBLED: _garbled,
    Fault.WRONG_TYPE: _wrong_type,
    Fault.OVERSIZED: _oversized,
    Fault.SAYS_DECLINED: _says_declined,
}
