"""Answers whose bytes are ready."""

from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from core.domain.json_text import to_json_bytes

Headers = tuple[tuple[bytes, bytes], ...]

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"

YEAR_S = 365 * 24 * 3600


def on_every_answer(public_url: str) -> Headers:
    """For browsers, whatever they got: guess no type, tell nobody the address, and keep to TLS if we have it."""
    headers = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
    if not public_url.startswith("https://"):
        return headers
    return (*headers, (b"strict-transport-security", b"max-age=%d" % YEAR_S))


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the exact body, and headers beyond those that every answer has."""

    status: int
    body: bytes
    headers: Headers = ()
    content_type: bytes = JSON

    def plus(self, *headers: tuple[bytes, bytes]) -> "Answer":
        return Answer(self.status, self.body, self.headers + headers, self.content_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"cache-control", b"no-store"),
            *self.headers,
        ]
        if self.body:
            headers.append((b"content-type", self.content_type))
        if self.status == 204:
            del headers[0]  # RFC 9110 §8.6: none on a 204
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def ok(shown: Any, status: int = 200) -> Answer:
    return Answer(status, to_json_bytes(shown))


NO_CONTENT = Answer(204, b"")
