"""How often an API key, and an address without one, may ask."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

from starlette.requests import Request

from core.domain.errors import Limited, Unauthenticated
from entrypoints.api.address import client_address, is_forwarded
from entrypoints.api.answers import Headers
from entrypoints.api.auth import Caller, authenticate
from ports.rate_limiter import RateLimiter, Taken

T = TypeVar("T")

HEADERS = "gateway.limits"  # where a request's answer finds the headers that tell of its limit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket for each name: `quota` at once, given back evenly over `window_s`."""

    name: str
    quota: int
    window_s: int
    what_to_do: str

    @property
    def policy(self) -> tuple[bytes, bytes]:
        return b"ratelimit-policy", b'"%s";q=%d;w=%d' % (self.name.encode(), self.quota, self.window_s)

    def headers(self, taken: Taken) -> Headers:
        """Those of draft-ietf-httpapi-ratelimit-headers-10; `t` is when the whole quota is there again."""
        full_in_s = ceil((self.quota - taken.left) * self.window_s / self.quota)
        reset_s = max(full_in_s, ceil(taken.wait_s))
        return self.policy, (b"ratelimit", b'"%s";r=%d;t=%d' % (self.name.encode(), taken.left, reset_s))


class Limits:
    """The limits of one application. None at all when `rate_limits` is off; in development only that of failures."""

    def __init__(self, gateway: Any) -> None:
        settings = gateway.settings()
        is_strict = settings.rate_limits and not settings.is_development
        self._gateway = gateway
        self._trusted = settings.trusted_proxies
        self._has_warned = False
        self._key, self._address, self._failures = (
            Limit("key", settings.rate_limit_key_per_s, 1, "Spread this key's requests over time.")
            if is_strict else None,
            Limit("address", settings.rate_limit_address_per_s, 1, "Ask less often from this address.")
            if is_strict else None,
            Limit(
                "failed-authentications", settings.rate_limit_failures_per_min, 60,
                "Check the API key and its secret; the right pair is accepted at any time.",
            ) if settings.rate_limits else None,
        )  # fmt: skip

    async def recognise(self, request: Request) -> Caller:
        """Who asks. Raises Unauthenticated, and Limited instead when that address has been wrong too often.

        What is counted is failures alone: who has the right pair comes in, however often a neighbour behind the
        same address was wrong. Guessing is hopeless by the secrets' length; what this spares is our log and database.
        """
        try:
            caller = await authenticate(request)
        except Unauthenticated:
            if self._failures is not None:
                await self._take(request, self._failures, self._address_of(request), "too_many_failures")
            raise
        if self._key is not None:
            await self._take(request, self._key, caller.key_id)
        return caller

    async def admit_address(self, request: Request) -> None:
        """For routes without a key. Raises Limited."""
        if self._address is not None:
            await self._take(request, self._address, self._address_of(request))

    async def _take(self, request: Request, limit: Limit, whose: str, reason: str = "rate_limited") -> None:
        limiter: RateLimiter = self._gateway.rate_limiter()
        rate_per_s = limit.quota / limit.window_s
        taken = await limiter.take(f"{limit.name}:{whose}", rate_per_s=rate_per_s, burst=limit.quota)
        request.scope[HEADERS] = limit.headers(taken)
        if taken.wait_s > 0:
            raise Limited(ceil(taken.wait_s), limit.what_to_do, reason)

    def _address_of(self, request: Request) -> str:
        if not self._trusted and not self._has_warned and is_forwarded(request.scope):
            self._has_warned = True
            log.warning(
                "forwarded_for_ignored",
                extra={
                    "hint": "behind a proxy, name it in GATEWAY_TRUSTED_PROXIES: all clients share its limits"
                },
            )
        return client_address(request.scope, self._trusted)


async def recognised(request: Request) -> Caller:
    """See `Limits.recognise`."""
    limits: Limits = request.scope["app"].state.limits
    return await limits.recognise(request)


def limited(handler: Callable[[Request], Awaitable[T]]) -> Callable[[Request], Awaitable[T]]:
    """The handler, for as many requests of one address as are allowed. Raises Limited."""

    async def admitted(request: Request) -> T:
        limits: Limits = request.scope["app"].state.limits
        await limits.admit_address(request)
        return await handler(request)

    return admitted
