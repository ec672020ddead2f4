"""One POST to a merchant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Response:
    """How a POST ended. `status` is None when there was no answer; `error` says why in a merchant's words.

    `body` is the beginning of the answer, as are `headers`, whose names are in small letters. `duration_ms` is
    the whole time it took; `timings` are the milliseconds of its phases, of those that came to an end: `dns`,
    `connect`, `tls` (of a new connection only) and `first_byte`.
    """

    status: int | None
    body: str
    duration_ms: int
    error: str | None
    retry_after_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, int] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class WebhookSender(Protocol):
    """Never raises: a failed delivery is data. Redirects are answers and are not followed."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response: ...
