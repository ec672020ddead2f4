"""The acquirer's API that `gateway simulator` serves and `adapters/acquirer` speaks to.

`Authorization: Bearer <token>` on every request; JSON in, JSON out; money in minor units; times ISO-8601. Every
POST below `/v1/authorizations` carries an `Idempotency-Key`: the same key moves money once and gets the same answer.

    POST /v1/tokens                                 {number, expiry_month, expiry_year, cvv, holder_name} → 201 {token}
    POST /v1/authorizations                         {token, amount, currency, capture}
    POST /v1/authorizations/{reference}/resume      {}                     complete a challenge
    POST /v1/authorizations/{reference}/captures    {amount, currency}
    POST /v1/authorizations/{reference}/voids       {}
    POST /v1/authorizations/{reference}/refunds     {amount, currency}
    GET  /v1/operations/{key}?reference=…           what became of the call with this key; `Payment-Token` names the
                                                    token while no reference is known
    GET  /v1/book?after=<key>&limit=1000            {data: [line], has_more}: what moved, by key

An outcome is `{key, outcome, …}`:

    200 approved {reference} · 200 action_required {url, expires_at, reference}
    202 pending {ask_again_at, reference} · 402 declined {code, description, reference}

Anything else is `{error: {code, message}}`, and says nothing about the money: 400 malformed · 401 unauthorized ·
404 operation_not_found, with the `key`: that call was never received · 409 in_progress · 429 too_many_requests ·
500, 503 · 504 bank_silent. Callbacks: `callbacks.py`. Faults: `control.py`, or for one request the header
`Simulator-Faults: hang_after` (`faults.py` lists them).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.domain.errors import Unavailable
from entrypoints.simulator import control, moves, reads
from entrypoints.simulator.replies import error_reply, silence_reply
from entrypoints.simulator.simulation import Guard, Handler, Malformed, Simulation


def create_app(simulation: Simulation) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await simulation.callbacks.aclose()

    handlers = (*moves.HANDLERS, *reads.HANDLERS, *control.HANDLERS)
    app = Starlette(
        routes=[Route(path, _Endpoint(handler), methods=[method]) for method, path, handler in handlers],
        exception_handlers={HTTPException: _no_route},
        lifespan=lifespan,
    )
    app.state.simulation = simulation
    app.add_middleware(Guard, token=simulation.token)
    return app


class _Endpoint:
    """A handler as an ASGI application, its troubles as replies."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp
        try:
            answer = await self._handler(Request(scope, receive))
        except Malformed as error:
            answer = error_reply(400, "malformed", str(error))
        except Unavailable as error:
            answer = silence_reply(error)
        except (
            ClientDisconnect
        ):  # before the whole body was here: nothing was done, and nobody is left to tell
            return
        await answer(scope, receive, send)


async def _no_route(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = error_reply(error.status_code, "no_such_route", "There is no such path, or not for this method.")
    return JSONResponse(said.document, said.status)
