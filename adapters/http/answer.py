"""One answer, as llhttp reads it off a connection."""

from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from adapters.http.stopwatch import Stopwatch

BODY_BYTES = 4096  # how much of the body is read
# What comes before a body and between its pieces, trailers included; it may be one read longer.
HEAD_BYTES = 65_536

_WITH_AN_END = {b"content-length", b"transfer-encoding"}
_BODILESS = {204, 304}


class Garbled(ConnectionError):
    """What came is no HTTP, or too much of it."""


class Answer:
    """Whole when its last byte was read, or as much of its body as we want to have."""

    def __init__(self, watch: Stopwatch) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_whole = False
        self.may_follow = False  # another on the same connection
        self._watch = watch
        self._has_head = self._ends_with_the_connection = False
        self._quiet_bytes = 0  # since the last of its body
        self._parser: Any = HttpResponseParser(self)
        # Shell scripts are receivers, too. What a lone LF may hide from a proxy is hidden from nobody here.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)

    def feed(self, data: bytes) -> None:
        """Raises Garbled."""
        self._quiet_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.may_follow = False
            if not self.is_whole:
                raise Garbled from error
        if self.is_whole:
            self._parser = None  # they hold each other
            return
        if self._quiet_bytes > HEAD_BYTES:
            raise Garbled

    def end(self) -> None:
        """The connection has ended. Raises Garbled when more should have come."""
        if not (self._has_head and self._ends_with_the_connection):
            raise Garbled
        self.is_whole = True

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise Garbled  # one that nobody asked for; the parser stops, and `feed` draws the conclusion

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:  # trailers are no headers (RFC 9110 §6.5.1)
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self._has_head = True
        self._watch.lap("first_byte")
        has_an_end = self.status in _BODILESS or any(name.lower() in _WITH_AN_END for name, _ in self.headers)
        self._ends_with_the_connection = not has_an_end

    def on_body(self, some: bytes) -> None:
        self._quiet_bytes = 0
        self.body += some[: BODY_BYTES + 1 - len(self.body)]
        self.is_whole = len(self.body) > BODY_BYTES

    def on_message_complete(self) -> None:
        if self._has_head:
            self.may_follow = not self.is_whole and self._parser.should_keep_alive()
            self.is_whole = True
        self.headers = self.headers if self._has_head else []  # those of a 1xx are not the answer's
