"""What every webhook sender promises, to receivers that open a socket or do not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from ports.webhook_sender import WebhookSender

BODY = '{"id":"evt_1","data":{"note":"₹ 500 — für Zoë"}}\n '.encode()
HEADERS = {
    "Content-Type": "application/json",
    "X-Webhook-Signature": "ab" * 32,
    "webhook-id": "evt_1",
    "webhook-signature": "v1,b25l v1,dHdv",
}


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]


@contextlib.asynccontextmanager
async def listening(serve: Serve, **options: Any) -> AsyncIterator[int]:
    """A server on the loopback interface, and its port. In the end nothing of it is left."""
    connections: set[asyncio.Task[Any] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        tasks = [task for task in connections if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_post(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, str]]:
    """The next POST's body and headers; EOFError when the sender has hung up."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return await reader.readexactly(int(headers["content-length"])), headers


@dataclass(frozen=True)
class Answer:
    """What a receiver says to every POST."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Receiver:
    """Where it listens, and the bodies and headers (names in lower case) that have come in."""

    url: str = ""
    got: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)


class Street(Protocol):
    """A sender, and somebody to open receivers that it can reach."""

    sender: WebhookSender

    async def open(self, answer: Answer | None) -> Receiver:
        """A receiver that answers so; None hangs up without an answer."""
        ...

    async def nobody(self) -> str:
        """A URL where nothing listens."""
        ...


class WebhookSenderContract:
    """Subclasses give the fixture `street`."""

    @pytest.mark.parametrize("status", [200, 204, 299, 301, 400, 410, 429, 500, 503])
    async def test_any_status_is_an_answer(self, street: Street, status: int) -> None:
        receiver = await street.open(Answer(status))
        response = await street.sender.post(receiver.url, BODY, HEADERS)
        assert (response.status, response.error) == (status, None)

    async def test_the_body_arrives_byte_for_byte(self, street: Street) -> None:
        receiver = await street.open(Answer(200))
        every_byte = bytes(range(256)) * 200
        for body in (BODY, every_byte, b""):
            await street.sender.post(receiver.url, body, HEADERS)
        assert [body for body, _ in receiver.got] == [BODY, every_byte, b""]

    async def test_the_headers_arrive(self, street: Street) -> None:
        receiver = await street.open(Answer(200))
        await street.sender.post(receiver.url, BODY, HEADERS)
        [(_, headers)] = receiver.got
        assert {name: headers[name.lower()] for name in HEADERS} == HEADERS

    async def test_what_the_receiver_says_is_kept(self, street: Street) -> None:
        receiver = await street.open(Answer(500, "Out of order: ₹"))
        assert (await street.sender.post(receiver.url, BODY, HEADERS)).body == "Out of order: ₹"

    @pytest.mark.parametrize(("length", "kept"), [(4096, 4096), (4097, 4096), (300_000, 4096)])
    async def test_no_more_than_4_kib_of_it(self, street: Street, length: int, kept: int) -> None:
        receiver = await street.open(Answer(200, "x" * length))
        response = await street.sender.post(receiver.url, BODY, HEADERS)
        assert (response.status, response.body) == (200, "x" * kept)

    async def test_a_redirect_is_an_answer_and_not_followed(self, street: Street) -> None:
        elsewhere = await street.open(Answer(200))
        for status in (301, 302, 303, 307, 308):
            receiver = await street.open(Answer(status, headers={"Location": elsewhere.url}))
            assert (await street.sender.post(receiver.url, BODY, HEADERS)).status == status
            assert len(receiver.got) == 1
        assert elsewhere.got == []

    async def test_no_answer_is_an_error(self, street: Street) -> None:
        receiver = await street.open(None)
        response = await street.sender.post(receiver.url, BODY, HEADERS)
        assert response.status is None and response.error and response.body == ""
        assert len(receiver.got) == 1

    async def test_nobody_there_is_an_error(self, street: Street) -> None:
        response = await street.sender.post(await street.nobody(), BODY, HEADERS)
        assert (response.status, response.body, response.error) == (None, "", "Connection refused")

    @pytest.mark.parametrize("url", ["", "nonsense", "https://", "http://[", "https://\ud800/", "a" * 9_999])
    async def test_it_never_raises(self, street: Street, url: str) -> None:
        response = await street.sender.post(url, BODY, HEADERS)
        assert response.status is None and response.error

    async def test_it_works_again_after_a_failure(self, street: Street) -> None:
        broken, sound = await street.open(None), await street.open(Answer(200))
        statuses = [
            (await street.sender.post(receiver.url, BODY, HEADERS)).status
            for receiver in (broken, sound, broken, sound)
        ]
        assert statuses == [None, 200, None, 200]

    async def test_the_time_it_took_is_known(self, street: Street) -> None:
        receiver = await street.open(Answer(200))
        for url in (receiver.url, await street.nobody()):
            response = await street.sender.post(url, BODY, HEADERS)
            assert isinstance(response.duration_ms, int) and 0 <= response.duration_ms < 5_000

    async def test_what_its_headers_said_is_kept(self, street: Street) -> None:
        receiver = await street.open(Answer(200, headers={"X-Shop": "seven"}))
        assert (await street.sender.post(receiver.url, BODY, HEADERS)).headers["x-shop"] == "seven"

    async def test_a_wish_to_be_asked_later_is_kept(self, street: Street) -> None:
        receiver = await street.open(Answer(429, headers={"Retry-After": "120"}))
        assert (await street.sender.post(receiver.url, BODY, HEADERS)).retry_after_s == 120
        receiver = await street.open(Answer(429))
        assert (await street.sender.post(receiver.url, BODY, HEADERS)).retry_after_s is None

    async def test_many_at_once_get_their_own_answers(self, street: Street) -> None:
        receivers = [await street.open(Answer(400 + n, str(n))) for n in range(8)]
        posts = [street.sender.post(receiver.url, BODY, HEADERS) for receiver in receivers for _ in range(4)]
        answers = [(response.status, response.body) for response in await asyncio.gather(*posts)]
        assert answers == [(400 + n, str(n)) for n in range(8) for _ in range(4)]
