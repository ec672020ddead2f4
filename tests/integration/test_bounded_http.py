"""A real server against clients that are too slow, too long or no HTTP at all."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from config.in_memory import in_memory
from entrypoints.api.app import create_app
from entrypoints.cli.bounded_http import BoundedHttp

RECEIVE_S, WITHIN_S, SEATS = 0.5, 10.0, 4
GET = b"GET /health/live HTTP/1.1\r\nHost: gateway\r\n"
POST = b"POST /api/v1/payments/public HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"


class Impatient(BoundedHttp):
    receive_s = send_s = RECEIVE_S


class Server(uvicorn.Server):
    """Leaves the test runner's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = create_app(in_memory(api_seats=SEATS))
    config = uvicorn.Config(
        app, http=Impatient, log_config=None, lifespan="off", server_header=False, timeout_graceful_shutdown=0
    )
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


class Client:
    """Speaks bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "Client":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def say(self, *pieces: bytes, pause_s: float = 0.0) -> None:
        try:
            for piece in pieces:
                self.writer.write(piece)
                await self.writer.drain()
                await asyncio.sleep(pause_s)
        except ConnectionError:
            pass  # it has hung up on us, as it should

    async def hear(self) -> bytes:
        """All there is until the server hangs up."""
        heard = b""
        async with asyncio.timeout(WITHIN_S):
            try:
                while some := await self.reader.read(65_536):
                    heard += some
            except ConnectionError:
                pass
        self.writer.close()
        return heard


def refused(heard: bytes, status: int, reason: str) -> dict[str, Any]:
    """The one shape of errors, once, from a server that says nothing of itself."""
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), heard
    headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    assert (headers["content-type"], headers["connection"]) == ("application/json", "close")
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "server" not in headers
    error: dict[str, Any] = json.loads(body)["error"]
    assert (error["code"], error["reason"]) == ("BAD_REQUEST_ERROR", reason)
    assert error["description"] and error["request_id"] == headers["x-request-id"]
    return error


async def ask(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    client = await Client.to(port)
    speaking = asyncio.create_task(client.say(*pieces, pause_s=pause_s))
    heard = await client.hear()
    await speaking
    return heard


@pytest.mark.parametrize(
    ("at_once", "slowly"),
    [
        (b"", b""),
        (b"", GET + b"\r\n" * 50),
        (b"\r\n" * 5, b"\r\n" * 50),
        (GET, b"X-A: " + b"a" * 50),
        (POST + b"Content-Length: 50\r\n\r\n", b"{" + b" " * 48),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 9),
        (POST + b"Content-Length: 50\r\n\r\n{", b""),
    ],
    ids=["silent", "a whole one", "blank lines", "a head", "a body", "chunks", "half a body"],
)
async def test_who_drips_is_not_waited_for(port: int, at_once: bytes, slowly: bytes) -> None:
    began = time.monotonic()
    pieces = [at_once, *(slowly[n : n + 1] for n in range(len(slowly)))]
    heard = await ask(port, *filter(None, pieces), pause_s=RECEIVE_S / 10)
    refused(heard, 408, "request_too_slow")
    assert RECEIVE_S <= time.monotonic() - began + 0.01 < WITHIN_S


async def test_who_drips_holds_no_seat(port: int) -> None:
    """Nor does one who is asked to go on, and then does not."""
    drips = []
    for ends in (b"\r\n{", b"Expect: 100-continue\r\n\r\n", b"X-A: "):
        for _ in range(2 * SEATS):
            drips.append(await Client.to(port))
            await drips[-1].say(POST + b"Content-Length: 50\r\n" + ends)
    assert (await ask(port, GET + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")
    path = b"GET /api/v1/orders/order_0000000000000000/public HTTP/1.1\r\nHost: a\r\n"
    assert (await ask(port, path + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
    for client in drips:
        refused((await client.hear()).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"), 408, "request_too_slow")


async def test_a_body_is_taken_however_it_comes(port: int) -> None:
    body = b'{"order_id": "order_0000000000000000", "method": "upi", "vpa": "a@b"}'
    head = POST + b"Connection: close\r\nContent-Length: %d\r\n" % len(body)
    for pieces in (
        (head + b"\r\n" + body,),
        (head + b"\r\n", body),
        (head, b"\r\n" + body[:9], body[9:]),
        (head + b"Expect: 100-continue\r\n\r\n", body),
        (POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
         b"%x\r\n%b\r\n" % (len(body), body), b"0\r\n\r\n"),
    ):  # fmt: skip
        heard = (await ask(port, *pieces, pause_s=0.02)).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 404 ") and b"order_not_found" in heard


async def test_a_body_without_end_is_refused_when_it_is_too_large(port: int) -> None:
    for head in (b"Content-Length: 1000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        heard = await ask(port, POST + head + chunk * 2)
        assert heard.startswith(b"HTTP/1.1 413 ") and heard.count(b"HTTP/1.1") == 1


async def test_a_second_request_has_a_time_of_its_own(port: int) -> None:
    client = await Client.to(port)
    for _ in range(4):  # together longer than one may take
        await client.say(GET, b"\r\n", pause_s=RECEIVE_S / 4)
    await client.say(GET)
    first, _, rest = (await client.hear()).partition(b"HTTP/1.1 408")
    assert first.count(b"HTTP/1.1 200 OK") == 4
    refused(b"HTTP/1.1 408" + rest, 408, "request_too_slow")


async def test_who_sends_one_request_after_the_other_is_not_slow(port: int) -> None:
    """Though no read ends where a request does."""
    client = await Client.to(port)
    whole = GET + b"\r\n"
    await client.say(whole[:9], *[whole[9:] + whole[:9]] * 8, pause_s=RECEIVE_S / 4)
    await client.say(whole[9:] + GET + b"Connection: close\r\n\r\n")
    assert (await client.hear()).count(b"HTTP/1.1 200 OK") == 10


async def test_who_does_not_read_holds_no_seat_and_is_not_waited_for(port: int) -> None:
    silent = []
    for _ in range(2 * SEATS):
        client = await Client.to(port)
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport that reads
        silent.append(client)
        client.writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: gateway\r\n\r\n" * 400)
    await asyncio.sleep(RECEIVE_S / 2)
    path = (
        b"GET /api/v1/orders/order_0000000000000000/public HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert (await ask(port, path)).startswith(b"HTTP/1.1 404 ")
    await asyncio.sleep(3 * RECEIVE_S)
    for client in silent:
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # a transport that reads
        assert (await client.hear()).count(b"HTTP/1.1 200 OK") < 400


async def test_trailers_are_no_headers(port: int) -> None:
    body = b'{"order_id": "order_0000000000000000", "method": "upi", "vpa": "a@b"}'
    head = POST + b"X-Request-Id: mine\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    trailers = b"0\r\nX-Request-Id: smuggled\r\nContent-Type: text/plain\r\n\r\n"
    heard = await ask(port, head + b"%x\r\n%b\r\n" % (len(body), body) + trailers)
    assert heard.startswith(b"HTTP/1.1 404 ") and b"x-request-id: mine\r\n" in heard


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 1_000, b"a" * 8_000], ids=["trailers", "a trailer"])
async def test_trailers_without_end_are_refused(port: int, endless: bytes) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\na: b"
    refused(await ask(port, head, *[endless] * 20), 431, "headers_too_large")


async def test_an_answer_that_takes_longer_is_not_cut_off(port: int) -> None:
    """Only receiving is bounded: a stream of events goes on."""
    client = await Client.to(port)
    await client.say(b"GET /api/v1/payments/pay_0000000000000000/public HTTP/1.1\r\nHost: a\r\n\r\n")
    async with asyncio.timeout(WITHIN_S):
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 404")
    await asyncio.sleep(RECEIVE_S * 1.5)
    await client.say(GET + b"Connection: close\r\n\r\n")
    assert b"HTTP/1.1 200 OK" in await client.hear()


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (b"GET /" + b"a" * 8_192 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "url_too_long"),
        (b"GET /?" + b"a" * 30_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "url_too_long"),
        (GET + b"".join(b"X-%d: a\r\n" % n for n in range(100)) + b"\r\n", 431, "too_many_headers"),
        (GET + b"X-Bomb: " + b"a" * 33_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (GET + b"X" * 33_000 + b": a\r\n\r\n", 431, "headers_too_large"),
        (GET + b"X-Bomb: " + b"a" * 500_000, 431, "headers_too_large"),
        (GET + b"X-Bomb: a\r\n" * 100_000, 431, "headers_too_large"),
        (b"GET /" + b"a" * 500_000, 431, "headers_too_large"),
        (b"nonsense\r\n\r\n", 400, "malformed_http"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), 400, "malformed_http"),  # TLS
        (b"GET / HTTP/9.9\r\n\r\n", 400, "malformed_http"),
        (GET + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed_http"),
        (GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "malformed_http"),
        (GET + b"X-A: a\0b\r\n\r\n", 400, "malformed_http"),
        (GET + b"X-A : a\r\n\r\n", 400, "malformed_http"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400, "malformed_http"),
        (POST + b"Content-Length: -1\r\n\r\n", 400, "malformed_http"),
    ],
)
async def test_what_is_too_much_or_no_http_is_refused_in_the_one_shape(
    port: int, request_: bytes, status: int, reason: str
) -> None:
    began = time.monotonic()
    refused(await ask(port, request_), status, reason)
    assert time.monotonic() - began < RECEIVE_S or status == 408


async def test_the_bounds_are_not_tighter_than_they_say(port: int) -> None:
    head = b"GET /health/live?" + b"a" * 8_170 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    for more in (b"".join(b"X-%d: a\r\n" % n for n in range(98)), b"X-A: " + b"a" * 32_000 + b"\r\n"):
        assert (await ask(port, head + more + b"\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_a_refusal_is_never_taken_for_the_answer_to_an_earlier_request(port: int) -> None:
    """Pipelined: the first is a payment that goes its way; "400" must not be heard as its answer."""
    body = b'{"order_id": "order_0000000000000000", "method": "upi", "vpa": "a@b"}'
    first = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    heard = await ask(port, first + b"nonsense\r\n\r\n")
    assert b"malformed_http" not in heard
    assert heard == b"" or heard.startswith(b"HTTP/1.1 404")


async def test_a_request_right_behind_a_large_one_is_not_taken_for_large(port: int) -> None:
    body = b'{"order_id": "order_0000000000000000", "a": "%s"}' % (b"x" * 50_000)
    first = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    client = await Client.to(port)
    await client.say(first + GET, b"Connection: close\r\n\r\n", pause_s=0.1)
    heard = await client.hear()
    assert (heard.count(b"HTTP/1.1 400 "), heard.count(b"HTTP/1.1 200 OK")) == (1, 1)


async def test_what_never_arrived_has_no_effect_and_no_trace(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    for end in (b"", b"x"):
        client = await Client.to(port)
        await client.say(POST + b"Content-Length: 400\r\n\r\n{" + end)
        client.writer.close()
    await asyncio.sleep(0.1)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
