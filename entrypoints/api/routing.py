"""Routes: what each does at the door before its own few lines run, and what the documentation says of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.api.auth import Caller
from entrypoints.api.limits import limited, recognised
from entrypoints.api.scopes import CHANGING, LOOKING, Scopes, require

Handler = Callable[[Request], Awaitable[ASGIApp]]
MerchantHandler = Callable[[Request, Caller], Awaitable[ASGIApp]]


@dataclass(frozen=True, slots=True)
class Doc:
    """What the OpenAPI document says; its words are the handler's docstring."""

    tag: str
    status: int
    answer: str | None  # a schema of `schemas.py`
    body: Any = None  # a pydantic TypeAdapter
    examples: dict[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()  # of `parameters.py`
    keyed: bool = False
    errors: tuple[int, ...] = ()  # beyond those that every such route has
    others: dict[int, str | None] = field(default_factory=dict)  # of another status, and no errors
    content_type: str = "application/json"


class Door:
    """A handler as an ASGI application. FastAPI's solver of dependencies would cost 23 µs each time, so it
    is not asked: a body is validated once the idempotency key has been looked up, which it does not know how to do.
    """

    def __init__(self, handler: Handler, words: str, doc: Doc, scopes: Scopes) -> None:
        self._handler = handler
        self.__doc__ = words
        self.doc = doc
        self.scopes = scopes
        self.is_public = not scopes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._handler(Request(scope, receive))
        await answer(scope, receive, send)


class Routes:
    """The routes of one tag. A merchant's are authenticated before anything else; the others say so."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.all: list[Route] = []

    def merchant(
        self, method: str, path: str, status: int, answer: str | None,
        *, scopes: Scopes | None = None, **doc: Any,
    ) -> Callable[[MerchantHandler], MerchantHandler]:  # fmt: skip
        """Whoever may look may `GET`, and a full key may do the rest, unless the route names its `scopes`."""
        allowed = scopes or (LOOKING if method == "GET" else CHANGING)

        def add(handler: MerchantHandler) -> MerchantHandler:
            async def authenticated(request: Request) -> ASGIApp:
                caller = await recognised(request)
                require(caller.scope, allowed)
                return await handler(request, caller)

            self._add(method, path, authenticated, handler, Doc(self._tag, status, answer, **doc), allowed)
            return handler

        return add

    def public(
        self, method: str, path: str, status: int, answer: str | None, *, is_limited: bool = True, **doc: Any
    ) -> Callable[[Handler], Handler]:
        """Limited per address; what a monitor or a processor calls is not."""

        def add(handler: Handler) -> Handler:
            admitted = limited(handler) if is_limited else handler
            self._add(method, path, admitted, handler, Doc(self._tag, status, answer, **doc), frozenset())
            return handler

        return add

    def _add(
        self, method: str, path: str, handler: Handler, named: Callable[..., Any], doc: Doc,
        scopes: Scopes,
    ) -> None:  # fmt: skip
        door = Door(handler, named.__doc__ or "", doc, scopes)
        self.all.append(Route(path, door, methods=[method], name=named.__name__))
