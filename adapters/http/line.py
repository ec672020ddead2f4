"""A connection over asyncio's own streams."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

import httpcore2

from adapters.http.stopwatch import lap

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Open = Callable[[], Awaitable[Streams]]


class Line(httpcore2.AsyncNetworkStream):
    """They cost half of what httpcore2's default ones do.

    It opens when first used, within the time that its user allows. Head and body of a request leave together,
    as soon as the answer is waited for.
    """

    def __init__(self, open: Open) -> None:
        self._open = open
        self._streams: Streams | None = None
        self._unsent = b""

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Line":
        _, writer = await self._opened()
        await writer.start_tls(ssl_context, server_hostname=server_hostname)
        lap("tls")
        return self

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        reader, writer = await self._opened()
        if self._unsent:
            writer.write(self._unsent)
            self._unsent = b""
        return await reader.read(max_bytes)

    async def _opened(self) -> Streams:
        if self._streams is None:
            self._streams = await self._open()
            lap("connect")
        return self._streams

    async def aclose(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()  # close() would wait for a peer that does not read

    def get_extra_info(self, info: str) -> object:
        """Only what httpcore2 asks of an idle connection: whether the peer has hung up."""
        if info != "is_readable" or self._streams is None:
            return None
        reader, writer = self._streams
        return reader.at_eof() or writer.is_closing()
