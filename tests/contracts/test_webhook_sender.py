"""Both webhook senders: over a real socket, and in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count

import pytest

from adapters.http.public_only import PublicOnly
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.memory.clock import MemoryClock
from adapters.memory.webhook_sender import MemoryWebhookSender, Request
from ports.webhook_sender import Response
from tests.contracts.webhook_sender import Answer, Receiver, WebhookSenderContract, listening, read_post


class HttpStreet:
    """Receivers are servers on the loopback interface."""

    def __init__(self, servers: AsyncExitStack) -> None:
        self.sender = HttpWebhookSender(MemoryClock(), PublicOnly(allow_loopback=True))
        self._servers = servers

    async def open(self, answer: Answer | None) -> Receiver:
        receiver = Receiver()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                receiver.got.append(await read_post(reader))
                if answer is None:
                    return
                writer.write(_bytes(answer))

        port = await self._servers.enter_async_context(listening(serve))
        receiver.url = f"http://127.0.0.1:{port}/hook?shop=1"
        return receiver

    async def nobody(self) -> str:
        async with listening(lambda reader, writer: asyncio.sleep(0)) as port:
            return f"http://127.0.0.1:{port}/"


def _bytes(answer: Answer) -> bytes:
    body = answer.body.encode()
    headers = (
        dict(answer.headers) if answer.status == 204 else {**answer.headers, "Content-Length": len(body)}
    )
    lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class MemoryStreet:
    """Receivers are functions."""

    def __init__(self) -> None:
        self.sender = MemoryWebhookSender()
        self._numbers = count(1)

    async def open(self, answer: Answer | None) -> Receiver:
        receiver = Receiver(f"https://shop{next(self._numbers)}.example/hook")

        def serve(request: Request) -> Response | Exception:
            headers = {name.lower(): value for name, value in request.headers.items()}
            receiver.got.append((request.body, headers))
            if answer is None:
                return ConnectionResetError()
            wait_s = answer.headers.get("Retry-After")
            said = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, answer.body, 0, None, float(wait_s) if wait_s else None, said)

        self.sender.receivers[receiver.url] = serve
        return receiver

    async def nobody(self) -> str:
        return "https://nobody.example/hook"


class TestHttp(WebhookSenderContract):
    @pytest.fixture
    async def street(self) -> AsyncIterator[HttpStreet]:
        async with AsyncExitStack() as servers:
            street = HttpStreet(servers)
            yield street
            await street.sender.aclose()


class TestInMemory(WebhookSenderContract):
    @pytest.fixture
    def street(self) -> MemoryStreet:
        return MemoryStreet()

    async def test_a_receiver_may_answer_with_a_number_or_raise(self) -> None:
        sender = MemoryWebhookSender()
        sender.receivers["https://a.example/"] = lambda request: 410 if request.body else 1 // 0
        assert (await sender.post("https://a.example/", b"x", {})).status == 410
        assert (
            await sender.post("https://a.example/", b"", {})
        ).error == "integer division or modulo by zero"
        assert [request.body for request in sender.received] == [b"x", b""]
