"""The calls that may move money, each under its key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.types import ASGIApp

from core.domain.money import MAX_MINOR, Money
from core.domain.outcome import Outcome
from entrypoints.simulator.faults import Call
from entrypoints.simulator.keys import KEY
from entrypoints.simulator.misbehave import misbehave
from entrypoints.simulator.replies import Reply, outcome_reply
from entrypoints.simulator.simulation import Handler, Malformed, of, read, rules_for
from ports.processor import Processor

Amount = Annotated[int, Field(ge=0, le=MAX_MINOR)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, Field(max_length=512)]


class Empty(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class OfAmount(Empty):
    amount: Amount
    currency: Currency

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Authorization(OfAmount):
    token: Text
    capture: bool


Ask = Callable[[Processor, str, Any, str], Awaitable[Outcome]]  # the processor, reference, body and key


@dataclass(frozen=True, slots=True)
class Move:
    call: Call
    path: str
    body: type[BaseModel]
    ask: Ask


def _authorize(processor: Processor, reference: str, body: Authorization, key: str) -> Awaitable[Outcome]:
    return processor.authorize(body.money, token=body.token, capture=body.capture, key=key)


def _resume(processor: Processor, reference: str, body: Empty, key: str) -> Awaitable[Outcome]:
    return processor.resume(reference, key=key)


def _capture(processor: Processor, reference: str, body: OfAmount, key: str) -> Awaitable[Outcome]:
    return processor.capture(reference, body.money, key=key)


def _void(processor: Processor, reference: str, body: Empty, key: str) -> Awaitable[Outcome]:
    return processor.void(reference, key=key)


def _refund(processor: Processor, reference: str, body: OfAmount, key: str) -> Awaitable[Outcome]:
    return processor.refund(reference, body.money, key=key)


# `:path`, so that whatever stands where a reference should be is looked up, and found unknown.
_OF = "/v1/authorizations/{reference:path}"
MOVES = (
    Move(Call.AUTHORIZE, "/v1/authorizations", Authorization, _authorize),
    Move(Call.RESUME, _OF + "/resume", Empty, _resume),
    Move(Call.CAPTURE, _OF + "/captures", OfAmount, _capture),
    Move(Call.VOID, _OF + "/voids", Empty, _void),
    Move(Call.REFUND, _OF + "/refunds", OfAmount, _refund),
)


def _handler(move: Move) -> Handler:
    async def handle(request: Request) -> ASGIApp:
        simulation, key = of(request), request.headers.get("idempotency-key", "")
        if not KEY.fullmatch(key):
            raise Malformed("Idempotency-Key: an id such as op_0VJ8h1Xc9dE3fG5h is needed.")
        body = await read(request, move.body)
        rules = rules_for(request, move.call)

        async def act() -> Reply:
            processor = simulation.gateway.simulator()
            reference = request.path_params.get("reference", "")
            outcome = await move.ask(processor, reference, body, await simulation.keys.effective(key))
            await simulation.callbacks.after(key, outcome, rules)
            return outcome_reply(outcome, key)

        return await misbehave(request, rules, act)

    return handle


HANDLERS: tuple[tuple[str, str, Handler], ...] = tuple(("POST", move.path, _handler(move)) for move in MOVES)
