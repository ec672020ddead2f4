"""One POST to a merchant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Response:
    """How a POST ended. `status` is None when there was no answer; `error` says why in a merchant's words.

    `body` is the beginning of the answer, `duration_ms` the whole time it took."""

    status: int | None
    body: str
    duration_ms: int
    error: str | None
    retry_after_s: float | None = None


class WebhookSender(Protocol):
    """Never raises: a failed delivery is data. Redirects are answers and are not followed."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response: ...
