"""Sends webhooks over HTTP/1.1, and takes no harm from whoever answers."""

import asyncio
import logging
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

import httpx2

from adapters.http.answer import BODY_BYTES, Answer
from adapters.http.connection import Origin
from adapters.http.connections import Connections
from adapters.http.public_only import NotAllowed, PublicOnly
from adapters.http.stopwatch import Stopwatch
from adapters.unit_of_work.deadlines import Deadline, Deadlines
from ports.clock import Clock
from ports.webhook_sender import Response

HEADER_BYTES = 4096  # how much of its headers is kept
MAX_RETRY_AFTER_S = 86_400.0
OURS = b"User-Agent: Async-Payment-Gateway\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2

log = logging.getLogger(__name__)


class Target(NamedTuple):
    """A URL that may be sent to, and how each request to it begins."""

    origin: Origin
    head: bytes


class HttpWebhookSender:
    """POSTs on connections that it keeps alive, at most `max_connections` at a time.

    `timeout_s` is for the whole exchange, from looking the name up to the last byte read.
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
        self._tls = tls or ssl.create_default_context()
        self._timeout_s = timeout_s
        self._deadlines = Deadlines(timeout_s)
        self._slots = asyncio.Semaphore(max_connections)
        self._connections = Connections(network, max_connections)
        self._target = lru_cache(maxsize=1024)(self._parse)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        async with self._slots:  # before the clock starts: this wait is our doing, not the receiver's
            watch, deadline = Stopwatch(), self._deadlines.begin(_do_nothing)
            try:
                answer = await self._exchange(url, body, headers, watch, deadline)
            except Exception as accident:
                error = self._in_words(accident)
                return Response(None, "", watch.total_ms, error, timings=watch.laps)
            finally:
                deadline.call_off()
            return Response(
                answer.status, text_of(answer.body), watch.total_ms, None,
                retry_after_s(answer.headers, self._clock()), beginning_of(answer.headers), watch.laps,
            )  # fmt: skip

    async def aclose(self) -> None:
        self._connections.close()

    async def _exchange(
        self, url: str, body: bytes, headers: Mapping[str, str], watch: Stopwatch, deadline: Deadline
    ) -> Answer:
        target = self._target(url)
        request = b"%sContent-Length: %d\r\n%s\r\n%s" % (target.head, len(body), lines_of(headers), body)
        connection = self._connections.take(target.origin)
        if connection is None:
            async with asyncio.timeout_at(deadline.at):
                connection = await self._connections.open(target.origin, watch)
        deadline.late = connection.give_up
        try:
            return await connection.ask(request, watch, deadline.at)
        finally:
            self._connections.give_back(connection)

    def _parse(self, text: str) -> Target:
        if reason := self._network.check(text):
            raise NotAllowed(reason)
        url = httpx2.URL(text)
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        origin = Origin(url.raw_host.decode(), port, self._tls if secure else None)
        return Target(origin, b"POST %s HTTP/1.1\r\nHost: %s\r\n%s" % (url.raw_path, url.netloc, OURS))

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
            case ConnectionError():
                return "The connection was closed before a valid HTTP answer was complete"
            case OSError():
                return "The host could not be reached"
            case _:
                log.error("A webhook could not be sent", exc_info=accident)
                return "The request could not be sent"


def _do_nothing() -> None:
    """While a connection is opened, which has a timer of its own."""


def lines_of(headers: Mapping[str, str]) -> bytes:
    """As they are sent. Raises ValueError for what would be read as something else."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    one_each = lines.count("\r") == lines.count("\n") == len(headers) and "\0" not in lines
    if not one_each or not all(map(_is_name, headers)):
        raise ValueError("a header that cannot be sent")
    return lines.encode()


@lru_cache(maxsize=1024)
def _is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None


def text_of(body: bytes) -> str:
    """Its beginning. A NUL could not be stored: PostgreSQL's text has none."""
    return body[:BODY_BYTES].decode(errors="replace").replace("\0", "\ufffd")


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
