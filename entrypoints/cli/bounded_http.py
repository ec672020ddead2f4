"""HTTP as uvicorn reads it, with bounds on how large a request's head is and how long a request takes to arrive."""

import asyncio
from typing import cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from core.domain.errors import GatewayError, Invalid
from entrypoints.api.errors import HeadTooLarge, TooSlow, UrlTooLong
from entrypoints.cli.one_write import OneWrite
from entrypoints.cli.refused_http import refused_http

MAX_URL_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
RECEIVE_S = 15.0
SEND_S = 30.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Neither llhttp nor uvicorn bounds a head, or waits for a request with an end to its patience.

    A request has `receive_s` from the connection or its first byte to the last of its body, however the bytes
    are spread. The application hears of it when all is here, or more than it takes: who sends slowly holds no
    seat of the API and no token. What cannot be read is answered in the one shape of errors, where an answer
    cannot be taken for that of an earlier request which is still under way.

    Who does not read its answers gets no further ones, and is cut off after `send_s` without reading any.
    """

    receive_s, send_s = RECEIVE_S, SEND_S

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._one_write = OneWrite(
            cast(asyncio.Transport, transport), self.loop.call_soon
        )  # uvloop's is none
        super().connection_made(self._one_write)  # type: ignore[arg-type]  # it has what uvicorn asks of one
        self._is_in_head = True  # what comes next belongs to a head
        self._has_begun = False  # a request, of which not all is there
        self._is_whole = False  # nothing is missing of the last request that began
        self._chunk_bytes = 0  # what came last
        self._first_bytes = 0  # what came when the request began; the end of the one before may be in it
        self._head_bytes = 0  # what came of its head after that
        self._quiet_bytes = 0  # what came since the last bytes of a body: sizes of chunks, and trailers
        self._held: tuple[RequestResponseCycle, ASGI3Application] | None = None  # not all of it is here
        self._refusal: GatewayError | None = None
        # What has not begun, since earlier answers are not read.
        self._unread: tuple[RequestResponseCycle, ASGI3Application] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._expect_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._go_on()
        self._one_write.drop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.send_s, self._one_write.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._go_on()
        if self._unread is not None:
            unread, self._unread = self._unread, None
            self._begin(*unread)

    def data_received(self, data: bytes) -> None:
        self._is_whole = False
        self._chunk_bytes = len(data)
        if self._has_begun and self._is_in_head:
            self._head_bytes += len(data)
        if not self._is_in_head:
            self._quiet_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        beside_bodies = self._head_bytes if self._is_in_head else self._quiet_bytes
        if self._has_begun and beside_bodies > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())
        elif self._is_whole:
            self._expect_nothing()
        elif self._deadline is None:
            self._expect_more()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_whole, self._has_begun = False, True
        self._head_bytes, self._first_bytes = 0, self._chunk_bytes

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_in_head:  # trailers are no headers (RFC 9110 §6.5.1)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._quiet_bytes = 0
        self._refusal = self._objection()
        if self._refusal is not None:
            raise self._refusal  # which the parser passes on as an error of its own
        super().on_headers_complete()
        self._is_in_head = False

    def on_body(self, body: bytes) -> None:
        self._quiet_bytes = 0
        super().on_body(body)
        if len(self.cycle.body) > HIGH_WATER_LIMIT:  # uvicorn reads no further until somebody asks for more
            self._begin_held()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_whole = self._is_in_head = True
        self._has_begun = False
        self._expect_nothing()  # what comes behind it has a time of its own
        self._begin_held()

    def on_response_complete(self) -> None:
        self._one_write.flush()
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if not cycle.more_body or len(cycle.body) > HIGH_WATER_LIMIT:
            return self._begin(cycle, app)
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            self.transport.write(CONTINUE)
        self._held = (cycle, app)
        return None

    def _begin_held(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._begin(*held)

    def _begin(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self.flow.write_paused:
            self._unread = (cycle, app)  # uvicorn keeps what comes behind it
        else:
            super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn for whatever the parser could not go on with."""
        self._refuse(self._refusal or Invalid("malformed_http", "This is not a valid HTTP/1.1 request."))

    def _objection(self) -> GatewayError | None:
        if len(self.url) > MAX_URL_BYTES:
            return UrlTooLong("url_too_long", f"The URL may have at most {MAX_URL_BYTES} bytes.")
        if len(self.headers) > MAX_HEADERS:
            return HeadTooLarge("too_many_headers", f"A request may have at most {MAX_HEADERS} headers.")
        is_surely_small = self._first_bytes + self._head_bytes <= MAX_HEAD_BYTES
        if not is_surely_small and self._sum() > MAX_HEAD_BYTES:
            return _head_too_large()
        return None

    def _sum(self) -> int:
        return sum(len(name) + len(value) for name, value in self.headers)

    def _expect_more(self) -> None:
        self._deadline = self.loop.call_later(self.receive_s, self._give_up)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _go_on(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _give_up(self) -> None:
        self._refuse(
            TooSlow("request_too_slow", f"The request was not complete within {self.receive_s:g} s.")
        )

    def _refuse(self, error: GatewayError) -> None:
        self._expect_nothing()
        if not self.transport.is_closing() and self._may_answer():
            self.transport.write(refused_http(error))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Once for each request; and not while an earlier one is under way, whose client would take it for its own."""
        if self.cycle is None:
            return True
        if self._is_in_head:  # of a request that has no cycle yet
            return self.cycle.response_complete
        return not self.cycle.response_started and not self.pipeline


def _head_too_large() -> HeadTooLarge:
    return HeadTooLarge("headers_too_large", f"The headers may have at most {MAX_HEAD_BYTES} bytes together.")
