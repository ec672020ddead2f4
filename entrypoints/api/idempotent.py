"""One request, one effect, one answer: what an Idempotency-Key promises."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import rfc8785
from starlette.requests import Request

from core.domain.errors import GatewayError, KeyTaken, Unavailable
from core.domain.idempotency import KeyRecord, KeyUse, read_key
from core.domain.json_text import to_sorted_json
from core.domain.merchant import Account
from core.use_cases.keyed import Keyed
from entrypoints.api.answers import Answer
from entrypoints.api.deps import header, use
from entrypoints.api.strict_json import Body

T = TypeVar("T")
Render = Callable[[T], tuple[int, str]]
Act = Callable[[Keyed[T] | None], Awaitable[T]]

_FRACTION = re.compile(r"\d[.eE]")
REPLAYED = (b"idempotent-replayed", b"true")
LOOKS, LOOK_AGAIN_S = 10, 0.02  # a key that is taken was committed already; its record is about to be seen


class _Rendered(Generic[T]):
    """Renders for the record, and remembers: what was stored is what is answered, byte for byte."""

    def __init__(self, render: Render[T], keep: Callable[[str], str]) -> None:
        self._render = render
        self._keep = keep
        self.status, self.body = 0, ""

    def __call__(self, made: T) -> tuple[int, str]:
        self.status, self.body = self._render(made)
        return self.status, self._keep(self.body)


async def once(
    request: Request, scope: str | None, body: Body, act: Act[T], render: Render[T],
    *, secret: bool = False, looks: bool = False,
) -> Answer:  # fmt: skip
    """Act, and answer with what was made; under a key that was used before, answer what was answered then.

    `act` validates, asks the use case and passes `keyed` on to it. A refusal is answered only after
    another look, since a twin of this request may have succeeded since the first one; what is Unavailable
    is told at once, since looking would wait for it a second time. An answer that shows a `secret` is
    stored sealed, like every secret that we can read back. A use case that `looks` the key up in its block,
    along with whatever else it reads, is spared the look before.
    """
    use_ = key_use(request, scope, body)
    if use_ is None:
        return _answer(*render(await act(None)))
    replay = None if looks else await _replay(request, use_)
    if replay is not None:
        return replay
    rendered = _Rendered(render, use(request, "cipher").seal if secret else str)
    try:
        await act(Keyed(use_, rendered))
    except Unavailable:
        raise
    except GatewayError as refusal:
        replay = await _look_again(request, use_, refusal)
        if replay is None:
            raise
        return replay
    return _answer(rendered.status, rendered.body)


def merchant_scope(account: Account) -> str:
    return f"{account.merchant_id}:{account.mode}"


def order_scope(order_id: str) -> str:
    return f"order:{order_id}"


def key_use(request: Request, scope: str | None, body: Body) -> KeyUse | None:
    """The request's key and fingerprint, if it has a key and something to keep it in. Raises Invalid."""
    given = header(request, b"idempotency-key")
    if given is None:
        return None
    key = read_key(given)
    if scope is None:
        return None
    text = f"{request.scope['method']}\n{request.scope['path']}\n{canonical(_without_cvv(body))}"
    return KeyUse(scope, key, use(request, "cipher").digest(text))


def canonical(body: Body) -> str:
    """The body in the form of RFC 8785. Of ASCII without a fraction the quicker encoder makes the very same."""
    text = to_sorted_json(body)
    return text if text.isascii() and not _FRACTION.search(text) else rfc8785.dumps(body).decode()


async def find_record(request: Request, scope: str, key: str) -> KeyRecord | None:
    async with use(request, "uow").begin() as tx:
        record: KeyRecord | None = await tx.keys.find(scope, key)
    return record


async def _replay(request: Request, use_: KeyUse) -> Answer | None:
    """What was answered under the key. Raises KeyReused."""
    record = await find_record(request, use_.scope, use_.key)
    if record is None:
        return None
    record.check(use_)
    return _answer(record.status, _unsealed(request, record)).plus(REPLAYED)


async def _look_again(request: Request, use_: KeyUse, refusal: GatewayError) -> Answer | None:
    for look in range(LOOKS if isinstance(refusal, KeyTaken) else 1):
        if look:
            await asyncio.sleep(LOOK_AGAIN_S)
        try:
            replay = await _replay(request, use_)
        except Unavailable:
            return None
        if replay is not None:
            return replay
    return None


def _unsealed(request: Request, record: KeyRecord) -> str:
    body: str = use(request, "cipher").open(record.body) if is_sealed(record) else record.body
    return body


def is_sealed(record: KeyRecord) -> bool:
    return not record.body.startswith("{")


def _without_cvv(body: Body) -> dict[str, Any]:
    card = body.get("card")
    if not isinstance(card, dict) or "cvv" not in card:
        return body
    return body | {"card": {name: value for name, value in card.items() if name != "cvv"}}


def _answer(status: int, body: str) -> Answer:
    return Answer(status, body.encode())
