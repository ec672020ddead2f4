"""Who asks: an API key and its secret, as two headers or as HTTP Basic."""

import hmac
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request

from core.domain.errors import Unauthenticated
from core.domain.ids import API_KEY, is_id
from core.domain.merchant import Account, ApiKey, Scope
from entrypoints.api.deps import header, use

KNOWN_FOR = timedelta(seconds=3)  # for so long a revoked key may still open the door
MAX_KNOWN = 10_000
NO_HASH = "0" * 64


class Caller(NamedTuple):
    """A merchant in one mode, and the key that proved it."""

    account: Account
    key_id: str
    scope: Scope


class KeyRing:
    """API keys as they were a moment ago, so that a busy merchant's is not read for every request."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, ApiKey]] = {}

    async def find(self, gateway: Any, id: str) -> ApiKey | None:
        now: datetime = gateway.clock()()
        known = self._known.get(id)
        # Two bounds: a clock that is set back must not make it last.
        if known is not None and known[0] <= now < known[0] + KNOWN_FOR:
            return known[1]
        async with gateway.uow().begin() as tx:
            key: ApiKey | None = await tx.api_keys.find(id)
        if key is not None:  # unknown ones would let anybody fill it
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[id] = (now, key)
        return key


async def authenticate(request: Request) -> Caller:
    """Raises Unauthenticated, also for a key that has ended; an unknown one costs the same as a wrong secret."""
    id, secret = _credentials(request)
    state = request.scope["app"].state
    key = await state.key_ring.find(state.gateway, id)
    expected = key.secret_hash if key is not None else NO_HASH
    is_right = hmac.compare_digest(expected, use(request, "cipher").digest(secret))
    now = use(request, "clock")()
    if key is None or not is_right or not key.is_good(now):
        raise Unauthenticated
    state.last_uses.note(key.id, now)
    caller = Caller(key.account, key.id, key.scope)
    request.scope["gateway.caller"] = caller
    return caller


def _credentials(request: Request) -> tuple[str, str]:
    id, secret = header(request, b"x-api-key"), header(request, b"x-api-secret")
    if id is None and secret is None:
        id, secret = _basic(header(request, b"authorization") or "")
    if id is None or secret is None or not is_id(id, API_KEY):
        raise Unauthenticated
    return id, secret


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 7617."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    try:
        id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise Unauthenticated from None
    if not colon:
        raise Unauthenticated
    return id, secret
