"""Real servers on this machine, which a merchant's URL must not reach, whatever it spells or leads through."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.http.public_only import NOT_PUBLIC, NotAllowed, PublicOnly
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.memory.clock import MemoryClock
from config.container import Gateway
from config.settings import Settings
from tests.contracts.webhook_sender import read_post

# All that this machine's own resolver takes for itself.
HERE = (
    "127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "017700000001", "0x7f.1", "0x7f000001", "0", "0.0.0.0",
    "localhost",
)  # fmt: skip
HERE_V6 = ("::ffff:127.0.0.1", "::ffff:7f00:1")


class Inside:
    """A service of our own network, which counts who gets through to it."""

    def __init__(self) -> None:
        self.reached = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached += 1
        with contextlib.suppress(Exception):
            await asyncio.wait_for(read_post(reader), 1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
            await writer.drain()
        writer.close()


@pytest.fixture
async def inside() -> AsyncIterator[Inside]:
    inside = Inside()
    server = await asyncio.start_server(inside.serve, "127.0.0.1", 0)
    inside.port = server.sockets[0].getsockname()[1]
    async with server:
        yield inside


@asynccontextmanager
async def a_sender(network: PublicOnly) -> AsyncIterator[HttpWebhookSender]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with contextlib.aclosing(HttpWebhookSender(MemoryClock(), network, timeout_s=2, tls=tls)) as sender:
        yield sender


async def knock(inside: Inside, host: str) -> None:
    """Without the guard, to show that there is a way."""
    _, writer = await asyncio.open_connection(host, inside.port)
    writer.close()
    async with asyncio.timeout(5):
        while not inside.reached:
            await asyncio.sleep(0.005)


def url(host: str, port: int, scheme: str = "https") -> str:
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


@pytest.mark.parametrize("host", [*HERE, *HERE_V6])
async def test_what_leads_here_is_not_reached(inside: Inside, host: str) -> None:
    await knock(inside, host)
    before = inside.reached
    for scheme in ("https", "http"):
        async with a_sender(PublicOnly()) as sender:
            answer = await sender.post(url(host, inside.port, scheme), b"x", {})
        assert answer.status is None and answer.body == "" and answer.error
    with pytest.raises(NotAllowed, match=NOT_PUBLIC):
        await PublicOnly().way_to(host, inside.port)  # nor when the text was not looked at
    assert inside.reached == before


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"])
async def test_a_public_name_that_leads_here_is_not_followed(inside: Inside, address: str) -> None:
    async def resolve(host: str) -> list[str]:
        return ["93.184.216.34", address]

    async with a_sender(PublicOnly(resolve=resolve)) as sender:
        answer = await sender.post(url("shop.example", inside.port), b"x", {})
    assert (answer.status, answer.error, inside.reached) == (None, NOT_PUBLIC, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(inside: Inside, status: int) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_post(reader)
        to = url("127.0.0.1", inside.port, "http").encode()
        writer.write(b"HTTP/1.1 %d Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, to))

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    async with server, a_sender(PublicOnly(allow_loopback=True)) as sender:
        port = server.sockets[0].getsockname()[1]
        answer = await sender.post(url("127.0.0.1", port, "http"), b"x", {})
    assert (answer.status, inside.reached) == (status, 0)


async def test_the_environments_proxy_is_not_used(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}/")

    async def resolve(host: str) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server, a_sender(PublicOnly(allow_loopback=True, resolve=resolve)) as sender:
        port = server.sockets[0].getsockname()[1]
        for scheme in ("http", "https"):
            assert (await sender.post(url("localhost", port, scheme), b"x", {})).status is None
    assert inside.reached == 0


def settings(**more: object) -> Settings:
    return Settings(pepper="p" * 32, encryption_keys="test:" + "A" * 43 + "=", **more)


@pytest.mark.parametrize(
    ("given", "sound", "unsound"),
    [
        ({}, (443, 8443), (22, 25, 80, 5432, 6379, 8080, 9200, 11211)),
        ({"webhook_allowed_ports": "443, 9443"}, (443, 9443), (8443, 22)),
        ({"environment": "development"}, (443, 8443), (22,)),
    ],
)
async def test_ports_are_a_setting(
    given: dict[str, str], sound: tuple[int, ...], unsound: tuple[int, ...]
) -> None:
    """Both where an endpoint is registered and where the connection is made."""
    gateway = Gateway(settings=settings(**given))
    network, check_url = gateway.network(), gateway.check_url()
    for port in sound:
        assert check_url(f"https://93.184.216.34:{port}/") is None
        await network.way_to("93.184.216.34", port)
    for port in unsound:
        assert check_url(f"https://93.184.216.34:{port}/") == f"Port {port} is not allowed"
        with pytest.raises(NotAllowed, match=f"Port {port} is not allowed"):
            await network.way_to("93.184.216.34", port)


async def test_development_opens_this_machine_on_any_port(inside: Inside) -> None:
    gateway = Gateway(settings=settings(environment="development"))
    async with contextlib.aclosing(gateway.sender()) as sender:
        assert (await sender.post(url("127.0.0.1", inside.port, "http"), b"x", {})).body == "secret"
    gateway = Gateway(settings=settings())
    async with contextlib.aclosing(gateway.sender()) as sender:
        assert (await sender.post(url("127.0.0.1", inside.port, "http"), b"x", {})).body == ""
    assert inside.reached == 1
