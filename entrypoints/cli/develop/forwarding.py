"""An event, sent to a developer's machine just as the gateway would deliver it."""

import asyncio
import json
from dataclasses import dataclass, field

from config.receivers import Receivers
from core.domain.signing import webhook_headers
from entrypoints.cli.develop.following import Event, Tell
from ports.webhook_sender import Response

LOOK_S = 0.5


def body_of(event: Event) -> bytes:
    """The bytes that a delivery of it has: compact, UTF-8, in the order of the API's answer."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Forward:
    """Waits for a receiver that is not there, and tells so; whatever one that is there does is its answer."""

    receivers: Receivers
    url: str
    secret: str = field(repr=False)
    tell: Tell

    async def __call__(self, event: Event) -> Response:
        body = body_of(event)
        while True:
            headers = webhook_headers(event["id"], body, [self.secret], at=self.receivers.clock())
            response = await self.receivers.sender.post(self.url, body, headers)
            if response.status is not None or await self._is_there():
                return response
            await self._wait(event)

    async def _wait(self, event: Event) -> None:
        self.tell(f"Nobody listens at {self.url}; {event['event']} waits.")
        while True:
            await asyncio.sleep(LOOK_S)
            if await self._is_there():
                break
        self.tell(f"{self.url} listens again.")

    async def _is_there(self) -> bool:
        return await self.receivers.inspection.is_open(self.url)
