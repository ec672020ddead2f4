"""A merchant's webhook receiver: verifies both signatures of what it is sent, as the documents say to."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError

from entrypoints.cli.listening import listen

HOST = "127.0.0.1"
Message = dict[str, Any]


@dataclass
class Received:
    """A webhook whose signatures are both right."""

    id: str
    event: str
    payment_id: str | None


@dataclass
class Receiver:
    """Answers 200 to what is genuine, 400 to all else."""

    secret: str = ""
    received: dict[str, Received] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        trouble = self._trouble(body, headers)
        if trouble:
            self.refused.append(trouble)
        else:
            self._note(body)
        await send({"type": "http.response.start", "status": 400 if trouble else 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _trouble(self, body: bytes, headers: dict[str, str]) -> str | None:
        """What is wrong with a webhook, if anything."""
        expected = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, headers.get("x-webhook-signature", "")):
            return "X-Webhook-Signature is wrong"
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as error:
            return f"webhook-signature is wrong: {error}"
        return None

    def _note(self, body: bytes) -> None:
        event = json.loads(body)
        payment = event["data"].get("payment") or event["data"].get("refund") or {}
        payment_id = payment.get("payment_id") or payment.get("id")
        self.received[event["id"]] = Received(event["id"], event["event"], payment_id)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the process that we are a part of."""
        yield


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[str, Receiver]]:
    """A receiver at work, and its address."""
    receiver, bound = Receiver(), listen(HOST, 0)
    config = uvicorn.Config(receiver, lifespan="off", ws="none", log_config=None, access_log=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield f"http://{HOST}:{bound.getsockname()[1]}/webhooks", receiver
    finally:
        server.should_exit = True
        await serving
