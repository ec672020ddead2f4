"""What is answered to bytes that never become a request."""

import secrets
from http import HTTPStatus
from typing import Any

from core.domain.errors import GatewayError
from entrypoints.api.answers import on_every_answer
from entrypoints.api.errors import refusal


def refused_http(error: GatewayError) -> bytes:
    """A whole answer in the one shape of errors, after which the connection ends."""
    request_id = f"req_{secrets.token_hex(12)}"
    answer = refusal(error, request_id, with_details=False)
    headers: tuple[tuple[bytes, Any], ...] = (
        (b"content-type", answer.content_type),
        (b"content-length", b"%d" % len(answer.body)),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
        *on_every_answer(""),
        *answer.headers,
    )
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    status = HTTPStatus(answer.status)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, status.phrase.encode(), lines, answer.body)
