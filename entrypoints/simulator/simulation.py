"""What the service is made of, and what each of its handlers begins with."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from config.container import Gateway
from entrypoints.simulator.callbacks import Callbacks
from entrypoints.simulator.faults import Call, Faults, Rule, read_header
from entrypoints.simulator.keys import Keys
from entrypoints.simulator.replies import error_reply

MAX_BODY_BYTES = 64 * 1024

Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[Request], Awaitable[ASGIApp]]


@dataclass
class Simulation:
    """`gateway` is one of `config.simulator`, of which there is only the simulator."""

    gateway: Gateway
    token: str
    callbacks: Callbacks
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.keys = Keys(self.gateway.book(), self.gateway.clock(), self.gateway.chance())


def simulation(gateway: Gateway, token: str, callback_url: str | None = None, secret: str = "") -> Simulation:
    return Simulation(gateway, token, Callbacks(callback_url, secret, gateway.clock()))


def of(request: Request) -> Simulation:
    found: Simulation = request.app.state.simulation
    return found


class Malformed(Exception):
    """What was sent cannot be understood; says where."""


async def read(request: Request, model: type[Body]) -> Body:
    """Raises Malformed."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise Malformed(f"The body may have at most {MAX_BODY_BYTES} bytes.")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Malformed(f"{where}: {first['msg']}") from None


def rules_for(request: Request, call: Call) -> list[Rule]:
    """Those of the header for this request, before those of the plan. Raises Malformed."""
    try:
        mine = read_header(request.headers.get("simulator-faults", ""))
    except ValueError:
        raise Malformed("Simulator-Faults: names such as hang_after, or slow=200.") from None
    return [*mine, *of(request).faults.draw(call)]


class Guard:
    """Lets in who knows the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                app = error_reply(401, "unauthorized", "The token is wrong.")
        await app(scope, receive, send)
