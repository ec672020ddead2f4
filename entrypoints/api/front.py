"""What every request meets first: it gets an id, and whatever goes wrong has the one shape."""

import logging
import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.domain.errors import GatewayError, Invalid, NotFound
from core.domain.stray_card import holds_card
from entrypoints.api.answers import Answer, on_every_answer
from entrypoints.api.errors import MethodNotAllowed, our_bug, refusal
from entrypoints.api.limits import HEADERS as LIMITS
from entrypoints.api.seats import Overloaded, Seats
from entrypoints.metrics import SHED

SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")

log = logging.getLogger(__name__)


class Front:
    """A plain ASGI callable: Starlette's BaseHTTPMiddleware costs two thirds of all requests per second."""

    def __init__(self, app: ASGIApp, gateway: Any) -> None:
        self._app = app
        self._gateway = gateway
        self._seats = Seats(gateway.settings().api_seats)
        self._on_every = on_every_answer(gateway.settings().public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        scope["gateway.headers"] = headers
        given = headers.get(b"x-request-id", b"")
        id = given if given and is_sane(given) else self._new_id()
        scope["gateway.request_id"] = id.decode()
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                told = scope.get(LIMITS, ())
                message["headers"] = [*message["headers"], (b"x-request-id", id), *self._on_every, *told]
            await send(message)

        try:
            self._seats.take(scope)
            try:
                return await self._app(scope, receive, send_with_id)
            finally:
                self._seats.give_back()
        except Exception as error:
            if started:
                raise
            answer = answer_to(_meant(error, scope), scope)
        return await answer(scope, receive, send_with_id)

    def _new_id(self) -> bytes:
        random: bytes = self._gateway.chance().bytes(12)
        return b"req_" + random.hex().encode()


def is_sane(request_id: bytes) -> bool:
    """Short, of few characters, and nothing that must not be logged."""
    return bool(SANE_REQUEST_ID.fullmatch(request_id)) and not holds_card(request_id.decode())


def answer_to(error: Exception, scope: Scope) -> Answer:
    request_id = scope["gateway.request_id"]
    if isinstance(error, Overloaded):
        SHED.inc()
    if isinstance(error, GatewayError):
        return refusal(error, request_id, with_details="gateway.caller" in scope)
    log.error(
        "request_failed",
        exc_info=error,
        extra={"request_id": request_id, "method": scope["method"], "path": scope["path"]},
    )
    return our_bug(request_id)


def _meant(error: Exception, scope: Scope) -> Exception:
    """What the router refuses, as an error of ours."""
    if not isinstance(error, HTTPException):
        return error
    if error.status_code == 405:
        return MethodNotAllowed(_allowed(scope))
    return NotFound("Path") if error.status_code == 404 else Invalid("bad_request", str(error.detail))


def _allowed(scope: Scope) -> list[str]:
    """Every method of the path: the router has looked at the first of its routes only."""
    routes = scope["app"].routes
    partial = (route for route in routes if route.matches(scope)[0] is Match.PARTIAL)
    return sorted({method for route in partial for method in route.methods})
