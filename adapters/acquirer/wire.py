"""One request to the acquirer and its whole answer, or silence."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from json import dumps
from typing import Any

import httpx2

from adapters.acquirer.circuit import Circuit, Silence
from core.domain.errors import Unavailable

MAX_ANSWER_BYTES = 1 << 20  # a page of the book is the longest
KEEP_ALIVE_S = 4.0  # below the 5 s after which Node and uvicorn hang up, perhaps just as we POST
POOL_WAIT_S = 1.0
GATEWAY_TIMEOUT = 504


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body that says that it is JSON; nothing of it has been believed yet."""

    status: int
    body: bytes


class Wire:
    """Connections to one acquirer, kept alive, at most `max_connections` at a time.

    Nothing is tried twice here: who asks again, when and under which key is the core's decision. Nothing of the
    environment (proxies, .netrc) is heeded, redirects are not followed, and a connection opens when it is used.
    """

    def __init__(
        self, base_url: str, token: str, circuit: Circuit, *,
        timeout_s: float, connect_timeout_s: float, max_connections: int,
    ) -> None:  # fmt: skip
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._circuit = circuit
        self._timeout_s = timeout_s
        self._limits = httpx2.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEP_ALIVE_S,
        )
        self._timeouts = httpx2.Timeout(timeout_s, connect=connect_timeout_s, pool=POOL_WAIT_S)

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Raises Unavailable: what was asked for may or may not have happened."""
        content = None if body is None else dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json"} if content else {}
        request = self._client.build_request(
            method, self._base_url + path, content=content, headers={**sent, **(headers or {})}
        )
        with self._circuit.attempt():
            try:
                # httpx2's time-outs are for each step, and one byte a second satisfies them.
                async with asyncio.timeout(self._timeout_s):
                    return await self._exchange(request)
            except httpx2.PoolTimeout:
                raise Unavailable(
                    "processor_busy", "Too many calls to the processor are under way."
                ) from None
            except (TimeoutError, httpx2.TimeoutException):
                raise Silence(
                    "processor_silent", f"The processor did not answer within {self._timeout_s:g} s."
                ) from None
            except (httpx2.HTTPError, OSError) as accident:
                kind = type(accident).__name__  # its text may quote what was sent
                raise Silence("processor_silent", f"No answer from the processor: {kind}.") from None

    async def aclose(self) -> None:
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _exchange(self, request: httpx2.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            if response.status_code >= 500 and response.status_code != GATEWAY_TIMEOUT:
                raise Silence("processor_failed", f"The processor answered {response.status_code}.")
            return Answer(response.status_code, await _json_body(response))
        finally:
            await response.aclose()  # what was not read to its end is hung up on

    @cached_property
    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={
                "Authorization": f"Bearer {self._token}",
                "User-Agent": "Async-Payment-Gateway",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            limits=self._limits,
            timeout=self._timeouts,
            follow_redirects=False,
            trust_env=False,
        )


async def _json_body(response: httpx2.Response) -> bytes:
    """Raises Silence for what is not JSON, is packed, or does not end in time or size."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or "content-encoding" in response.headers:
        raise _garbled("is not JSON")
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise _garbled("is too long")
    return body


def _garbled(what: str) -> Silence:
    return Silence("processor_garbled", f"The processor's answer {what}.")
