"""Sends webhooks over HTTP/1.1, and takes no harm from whoever answers."""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpcore2
import httpx2

from adapters.http.public_only import NotAllowed, PublicOnly
from adapters.http.stopwatch import lap, timed
from ports.clock import Clock
from ports.webhook_sender import Response

ANSWER_BYTES = 4096  # how much of an answer's body is read
HEADER_BYTES = 4096  # how much of its headers is kept
KEEP_ALIVE_S = 4.0  # below the 5 s after which Node and uvicorn hang up, perhaps just as we POST
MAX_RETRY_AFTER_S = 86_400.0
OURS = [(b"User-Agent", b"Async-Payment-Gateway"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]

log = logging.getLogger(__name__)


class HttpWebhookSender:
    """POSTs on connections that it keeps alive, at most `max_connections` at a time.

    `timeout_s` is for the whole exchange, from looking the name up to the last byte read. It builds on
    httpx2's connections alone: its client and pool would triple the cost of a POST, and keep cookies.
    """

    def __init__(
        self,
        clock: Clock,
        network: PublicOnly,
        *,
        timeout_s: float = 5.0,
        max_connections: int = 128,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._network = network
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(max_connections)
        self._connections = Connections(network, tls or ssl.create_default_context(), max_connections)
        self._target = lru_cache(maxsize=1024)(self._parse)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        async with self._slots:  # before the clock starts: this wait is our doing, not the receiver's
            with timed() as watch:
                try:
                    async with asyncio.timeout(self._timeout_s):
                        answer, text = await self._exchange(url, body, headers)
                except Exception as accident:
                    error = self._in_words(accident)
                    return Response(None, "", watch.total_ms, error, timings=watch.laps)
                return Response(
                    answer.status, text, watch.total_ms, None, retry_after_s(answer.headers, self._clock()),
                    beginning_of(answer.headers), watch.laps,
                )  # fmt: skip

    async def aclose(self) -> None:
        await self._connections.aclose()

    async def _exchange(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[httpcore2.Response, str]:
        target, host = self._target(url)
        head = [(b"Host", host), (b"Content-Length", b"%d" % len(body)), *OURS]
        head += [(name.encode(), value.encode()) for name, value in headers.items()]
        connection = await self._connections.take(target.origin)
        try:
            request = httpcore2.Request(b"POST", target, headers=head, content=body)
            response = await connection.handle_async_request(request)
            lap("first_byte")
            return response, await _beginning(response)
        finally:
            await self._connections.give_back(connection)

    def _parse(self, text: str) -> tuple[httpcore2.URL, bytes]:
        if reason := self._network.check(text):
            raise NotAllowed(reason)
        url = httpx2.URL(text)
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        return target, url.netloc

    def _in_words(self, accident: Exception) -> str:
        match accident:
            case NotAllowed():
                return str(accident)
            case TimeoutError():
                return f"No complete answer within {self._timeout_s:g} s"
            case ssl.SSLCertVerificationError():
                return f"TLS: {accident.verify_message.rstrip('.')}"
            case ssl.SSLError():
                return "TLS: no secure connection could be made"
            case ConnectionRefusedError():
                return "Connection refused"
            case ConnectionError() | httpcore2.RemoteProtocolError():
                return "The connection was closed before a valid HTTP answer was complete"
            case OSError():
                return "The host could not be reached"
            case _:
                log.error("A webhook could not be sent", exc_info=accident)
                return "The request could not be sent"


class Connections:
    """Idle connections, oldest first, kept for the next POST to the same place.

    In place of httpcore2's pool, which examines every connection it has before and after each request.
    """

    def __init__(self, network: PublicOnly, tls: ssl.SSLContext, limit: int) -> None:
        self._network = network
        self._tls = tls
        self._limit = limit
        self._idle: list[httpcore2.AsyncHTTPConnection] = []

    async def take(self, origin: httpcore2.Origin) -> httpcore2.AsyncHTTPConnection:
        """An idle connection if there is a live one, else a new one, which opens when it is used."""
        while found := next((c for c in reversed(self._idle) if c.can_handle_request(origin)), None):
            self._idle.remove(found)
            if not found.has_expired():
                return found
            await found.aclose()
        return httpcore2.AsyncHTTPConnection(
            origin, self._tls, keepalive_expiry=KEEP_ALIVE_S, network_backend=self._network
        )

    async def give_back(self, connection: httpcore2.AsyncHTTPConnection) -> None:
        if connection.is_available():
            self._idle.append(connection)
        else:  # the exchange did not end cleanly
            await connection.aclose()
        if len(self._idle) > self._limit:
            await self._idle.pop(0).aclose()

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()


async def _beginning(response: httpcore2.Response) -> str:
    """The answer's first bytes. Not reading to the end makes httpcore2 hang up on the rest."""
    body = b""
    try:
        async with aclosing(response.aiter_stream()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > ANSWER_BYTES:
                    break
    finally:
        await response.aclose()
    # A NUL could not be stored: PostgreSQL's text has none.
    return body[:ANSWER_BYTES].decode(errors="replace").replace("\0", "\ufffd")


def beginning_of(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The answer's headers, the first so many bytes of them, by their names in small letters."""
    kept: dict[str, str] = {}
    left = HEADER_BYTES
    for name, value in headers:
        left -= len(name) + len(value)
        if left < 0:
            break
        kept[name.decode("latin-1").lower()] = value.decode("latin-1").replace("\0", "\ufffd")
    return kept


def retry_after_s(headers: list[tuple[bytes, bytes]], now: datetime) -> float | None:
    """What Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3); None if it is neither."""
    text = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), None)
    if text is None:
        return None
    try:
        at = None if text.isdecimal() else parsedate_to_datetime(text)
        wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds() if at else float(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)
