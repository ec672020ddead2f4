"""The calls that move no money: what became of a key, the book, and tokens for cards."""

from typing import Annotated
from urllib.parse import unquote

from pydantic import Field
from starlette.requests import Request
from starlette.types import ASGIApp

from core.domain.instrument import Card
from entrypoints.simulator.faults import Call
from entrypoints.simulator.keys import KEY
from entrypoints.simulator.misbehave import misbehave
from entrypoints.simulator.moves import Empty
from entrypoints.simulator.replies import Document, Reply, error_reply, line_document, outcome_reply
from entrypoints.simulator.simulation import Handler, Malformed, of, read, rules_for

MAX_PAGE = 1_000


class _TypedCard(Empty):
    """It shows itself in no error and no log."""

    number: Annotated[str, Field(pattern=r"^\d{13,19}$", repr=False)]
    expiry_month: int = Field(repr=False)
    expiry_year: int = Field(repr=False)
    cvv: str = Field(repr=False)
    holder_name: str = Field(repr=False)


async def find(request: Request) -> ASGIApp:
    key = request.path_params["key"]

    async def act() -> Reply:
        token = unquote(request.headers.get("payment-token", ""))
        reference = request.query_params.get("reference", "")
        processor = of(request).gateway.simulator()
        outcome = await processor.find(key, token=token, reference=reference) if KEY.fullmatch(key) else None
        if outcome is None:
            return error_reply(404, "operation_not_found", "This key was never received.", key=key)
        return outcome_reply(outcome, key)

    return await misbehave(request, rules_for(request, Call.FIND), act)


async def tokenize(request: Request) -> ASGIApp:
    card = Card(**(await read(request, _TypedCard)).model_dump())

    async def act() -> Reply:
        made = await of(request).gateway.tokenizer().tokenize(card)
        return Reply(201, {"token": made.token})

    return await misbehave(request, rules_for(request, Call.TOKENIZE), act)


async def book(request: Request) -> ASGIApp:
    after, limit = request.query_params.get("after", ""), request.query_params.get("limit", str(MAX_PAGE))
    if not (limit.isdecimal() and 1 <= int(limit) <= MAX_PAGE):
        raise Malformed(f"limit: 1 to {MAX_PAGE}.")
    page: list[Document] = []
    async for line in of(request).gateway.book().lines(after):
        if len(page) == int(limit):
            return Reply(200, {"data": page, "has_more": True})
        page.append(line_document(line))
    return Reply(200, {"data": page, "has_more": False})


HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/v1/operations/{key}", find),
    ("POST", "/v1/tokens", tokenize),
    ("GET", "/v1/book", book),
)
