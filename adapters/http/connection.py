"""One HTTP/1.1 connection to a receiver."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import NamedTuple, cast

from adapters.http.answer import Answer, Garbled
from adapters.http.stopwatch import Stopwatch

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Open = Callable[[], Awaitable[Streams]]


class Origin(NamedTuple):
    """Where a connection leads. With a context it is secured for the host's name, wherever that was found."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Connection(asyncio.Protocol):
    """Answers one request at a time; `is_free` says whether it can take another."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._transport: asyncio.Transport | None = None
        self._is_open = False
        self._answer: Answer | None = None
        self._ended: asyncio.Future[None]
        self._streams: Streams  # who lets go of them, closes them

    @property
    def is_free(self) -> bool:
        return self._is_open and self._answer is None

    async def open(self, open: Open, watch: Stopwatch) -> None:
        """Raises OSError."""
        self._streams = _, writer = await open()
        try:
            watch.lap("connect")
            if self.origin.tls is not None:
                await writer.start_tls(self.origin.tls, server_hostname=self.origin.host)
                watch.lap("tls")
            if writer.is_closing():
                raise ConnectionResetError
        except BaseException:
            writer.transport.abort()
            raise
        # From here on without streams: they take longer than the rest of an exchange.
        self._transport = cast(asyncio.Transport, writer.transport)
        self._transport.set_protocol(self)
        self._is_open = True

    async def ask(self, request: bytes, watch: Stopwatch, until_s: float) -> Answer:
        """The answer, as whole as we want it. Raises OSError, TimeoutError when it is asked to `give_up` at
        that time of the loop."""
        assert self._transport is not None and self.is_free
        loop = asyncio.get_running_loop()
        if loop.time() >= until_s:
            raise TimeoutError
        answer = self._answer = Answer(watch)
        self._ended = loop.create_future()
        self._transport.write(request)
        await self._ended
        self._answer = None
        self._is_open = self._is_open and answer.may_follow
        return answer

    def give_up(self) -> None:
        if self._answer is not None and not self._ended.done():
            self._ended.set_exception(TimeoutError())

    def close(self) -> None:
        """At once: a peer that does not read is not waited for."""
        self._is_open = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._ended.done():
            return self.close()  # nobody has asked
        try:
            self._answer.feed(data)
        except Garbled as error:
            self._ended.set_exception(error)
        else:
            if self._answer.is_whole:
                self._ended.set_result(None)
        return None

    def connection_lost(self, error: Exception | None) -> None:
        self._is_open = False
        if self._answer is None or self._ended.done():
            return
        try:
            self._answer.end()
        except Garbled as garbled:
            self._ended.set_exception(error or garbled)
        else:
            self._ended.set_result(None)
