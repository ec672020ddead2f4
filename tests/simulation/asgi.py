"""HTTP without a network: one request put to an ASGI application."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


async def put(app: Any, request: Request) -> Answer:
    """What the application answers. Whatever it raises is its own bug."""
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(_scope(request), receive, send)
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], dict(start["headers"]), body)


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "https",
        "method": request.method, "path": request.path, "raw_path": request.path.encode(),
        "root_path": "", "query_string": b"", "headers": list(request.headers),
        "server": ("gateway.example", 443), "client": ("192.0.2.1", 50_000),
    }  # fmt: skip
