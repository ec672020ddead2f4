"""The webhook sender against receivers that misbehave, and against URLs that lead inside."""

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.http.public_only import NOT_PUBLIC, NotAllowed, PublicOnly, SystemResolver, check_url
from adapters.http.webhook_sender import HttpWebhookSender, retry_after_s
from adapters.memory.clock import MemoryClock
from tests.contracts.webhook_sender import listening, read_post

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BROKEN = "The connection was closed before a valid HTTP answer was complete"
PUBLIC = "93.184.216.34"
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@asynccontextmanager
async def a_sender(
    network: PublicOnly | None = None, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[HttpWebhookSender]:
    network = network or PublicOnly(allow_loopback=True)
    tls = tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
    async with aclosing(HttpWebhookSender(MemoryClock(), network, tls=tls, **options)) as sender:
        yield sender


@pytest.fixture
async def sender() -> AsyncIterator[HttpWebhookSender]:
    async with a_sender(timeout_s=0.2) as sender:
        yield sender


async def answer_all(reader: Reader, writer: Writer) -> None:
    while True:
        await read_post(reader)
        writer.write(OK)


def saying(answer: bytes) -> Callable[[Reader, Writer], Any]:
    async def serve(reader: Reader, writer: Writer) -> None:
        await read_post(reader)
        writer.write(answer)
        await writer.drain()

    return serve


async def hang(reader: Reader, writer: Writer) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("at_once", "slowly"),
    [
        (b"", []),
        (b"", [bytes([byte]) for byte in OK]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", [b"x"] * 99),
        (b"", [b"HTTP/1.1 100 Continue\r\n\r\n"] * 99),
    ],
    ids=["hangs", "head", "body", "continues for ever"],
)
async def test_the_time_out_is_for_the_whole(
    sender: HttpWebhookSender, at_once: bytes, slowly: list[bytes]
) -> None:
    hung_up = asyncio.Event()

    async def serve(reader: Reader, writer: Writer) -> None:
        await read_post(reader)
        writer.write(at_once)
        for piece in slowly:
            writer.write(piece)
            await asyncio.sleep(0.02)
            if reader.at_eof() or writer.is_closing():
                break
        with contextlib.suppress(ConnectionError):
            await reader.read()
        hung_up.set()

    async with listening(serve) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
        assert (response.status, response.error) == (None, "No complete answer within 0.2 s")
        assert 200 <= response.duration_ms < 1_000
        await asyncio.wait_for(hung_up.wait(), 1)


async def test_looking_the_name_up_counts() -> None:
    network = PublicOnly(resolve=lambda host: asyncio.Event().wait())
    async with a_sender(network, timeout_s=0.05) as sender:
        response = await sender.post("https://slow.example/", b"x", {})
    assert response.error == "No complete answer within 0.05 s"


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b"x" * 65_536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536),
    ],
)
async def test_a_gigabyte_is_not_read(sender: HttpWebhookSender, head: bytes, chunk: bytes) -> None:
    hung_up = asyncio.Event()

    async def serve(reader: Reader, writer: Writer) -> None:
        await read_post(reader)
        writer.write(head)
        try:
            for _ in range(16_384):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            hung_up.set()

    async with listening(serve) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
        await asyncio.wait_for(hung_up.wait(), 1)
    assert (response.status, response.body) == (200, "x" * 4096)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: " + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"X-Bomb: x\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_half_an_answer_is_none(sender: HttpWebhookSender, answer: bytes) -> None:
    async with listening(saying(answer)) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
    assert (response.status, response.body, response.error) == (None, "", BROKEN)


async def test_an_answer_before_the_whole_question_is_one(sender: HttpWebhookSender) -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    async with listening(serve) as port:
        assert (await sender.post(f"http://127.0.0.1:{port}/", b"x" * 30_000, {})).status == 413


async def test_nothing_is_unpacked(sender: HttpWebhookSender) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    async with listening(saying(head + bomb)) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
    assert response.status == 200 and response.body.startswith("\x1f") and len(response.body) <= 4096
    assert "\0" not in response.body


async def test_what_we_say_of_ourselves(sender: HttpWebhookSender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9/")
    got = []

    async def serve(reader: Reader, writer: Writer) -> None:
        while True:
            got.append((await read_post(reader))[1])
            writer.write(b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n")

    async with listening(serve) as port:
        for _ in range(2):
            await sender.post(f"http://127.0.0.1:{port}/", b"xyz", {"webhook-id": "evt_1"})
    ours = {"user-agent": "Async-Payment-Gateway", "accept": "*/*", "accept-encoding": "identity"}
    theirs = {"host": f"127.0.0.1:{port}", "content-length": "3", "webhook-id": "evt_1"}
    assert got == [ours | theirs] * 2  # and no cookie


async def test_a_header_that_cannot_be_sent_is_an_error(sender: HttpWebhookSender) -> None:
    async with listening(answer_all) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {"A": "b\r\nInjected: c"})
    assert response.error == "The request could not be sent"


# Connections


class Counted:
    """A server that counts its connections, all and at once."""

    def __init__(self, answer: bytes = OK, delay_s: float = 0) -> None:
        self.answer, self.delay_s = answer, delay_s
        self.all = self.now = self.most = 0

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.all += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            while True:
                await read_post(reader)
                await asyncio.sleep(self.delay_s)
                writer.write(self.answer)
        finally:
            self.now -= 1


async def test_one_connection_serves_many_posts(sender: HttpWebhookSender) -> None:
    server = Counted()
    async with listening(server) as port:
        for _ in range(100):
            assert (await sender.post(f"http://127.0.0.1:{port}/", b"x", {})).status == 200
    assert server.all == 1


@pytest.mark.parametrize("closing", [b"Connection: close\r\n", b""])
async def test_a_closed_connection_is_not_used_again(sender: HttpWebhookSender, closing: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + closing + b"Content-Length: 0\r\n\r\n"
    async with listening(saying(answer)) as port:
        for _ in range(5):
            assert (await sender.post(f"http://127.0.0.1:{port}/", b"x", {})).status == 200
            await asyncio.sleep(0.01)


async def test_sixty_four_at_once() -> None:
    server = Counted(delay_s=0.01)
    async with listening(server) as port, a_sender(timeout_s=10) as sender:
        posts = [sender.post(f"http://127.0.0.1:{port}/", b"x", {}) for _ in range(64)]
        assert [response.status for response in await asyncio.gather(*posts)] == [200] * 64


async def test_connections_are_bounded_and_waiting_for_one_is_not_held_against_the_receiver() -> None:
    server = Counted(delay_s=0.02)
    async with listening(server) as port, a_sender(max_connections=4, timeout_s=0.19) as sender:
        posts = [sender.post(f"http://127.0.0.1:{port}/", b"x", {}) for _ in range(40)]
        responses = await asyncio.gather(*posts)
    assert [response.status for response in responses] == [200] * 40
    assert max(response.duration_ms for response in responses) < 190  # ten turns of 20 ms take longer
    assert server.most <= 4


async def test_idle_connections_are_bounded() -> None:
    servers = [Counted() for _ in range(6)]
    async with a_sender(max_connections=2) as sender:
        for server in servers:
            async with listening(server) as port:
                await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
        assert len(sender._connections._idle) == 2


async def test_who_is_cancelled_leaves_nothing_behind() -> None:
    async with listening(hang) as port, a_sender(max_connections=1, timeout_s=0.1) as sender:
        post = asyncio.create_task(sender.post(f"http://127.0.0.1:{port}/", b"x", {}))
        await asyncio.sleep(0.02)
        post.cancel()
        with pytest.raises(asyncio.CancelledError):
            await post
        async with listening(answer_all) as sound:
            assert (await sender.post(f"http://127.0.0.1:{sound}/", b"x", {})).status == 200


async def test_a_peer_that_does_not_read_is_dropped(sender: HttpWebhookSender) -> None:
    given_up, done, read = asyncio.Event(), asyncio.Event(), bytearray()

    async def serve(reader: Reader, writer: Writer) -> None:
        await given_up.wait()
        with contextlib.suppress(ConnectionError):
            while some := await reader.read(65_536):
                read.extend(some)
        done.set()

    async with listening(serve, limit=1_000) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", bytes(50_000_000), {})
        assert response.error == "No complete answer within 0.2 s"
        given_up.set()
        await asyncio.wait_for(done.wait(), 1)
    assert len(read) < 50_000_000


# TLS


class Authority:
    """A certificate authority that signs what it is asked to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._own = self._sign(self._key.public_key(), "authority.example", 1, self._key, authority=True)

    def client(self) -> ssl.SSLContext:
        """Who trusts this authority."""
        return ssl.create_default_context(cadata=self._own.public_bytes(Encoding.PEM).decode())

    def server(self, host: str, *, days_left: int = 1, self_signed: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._sign(key.public_key(), host, days_left, key if self_signed else self._key)
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + signed.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self, key: Any, host: str, days_left: int, by: ec.EllipticCurvePrivateKey, *, authority: bool = False
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        issuer = "authority.example" if by is self._key else host
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days_left))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(by, hashes.SHA256())
        )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


class Internet:
    """A public name that leads to a public address, which in truth is a server of this test."""

    def __init__(self, port: int = 0, *lookups: list[str]) -> None:
        self.port = port
        self.lookups = list(lookups) or [[PUBLIC]]
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []

    async def resolve(self, host: str) -> list[str]:
        self.looked_up.append(host)
        return self.lookups.pop(0) if len(self.lookups) > 1 else self.lookups[0]

    async def connect(self, address: str, port: int) -> Any:
        self.connected.append((address, port))
        return await asyncio.open_connection("127.0.0.1", self.port)

    def network(self, **options: Any) -> PublicOnly:
        return PublicOnly(resolve=self.resolve, connect=self.connect, **options)


async def test_tls_is_for_the_name_though_we_connect_to_the_address(authority: Authority) -> None:
    async with listening(answer_all, ssl=authority.server("shop.example")) as port:
        internet = Internet(port)
        async with a_sender(internet.network(), authority.client()) as sender:
            for _ in range(3):
                assert (await sender.post("https://shop.example/hook", b"x", {})).status == 200
    assert internet.connected == [(PUBLIC, 443)]


async def test_each_phase_is_timed_where_there_is_one(authority: Authority) -> None:
    async def after_a_while(reader: Reader, writer: Writer) -> None:
        while True:
            await read_post(reader)
            await asyncio.sleep(0.05)
            writer.write(OK)

    async with (
        listening(after_a_while, ssl=authority.server("shop.example")) as port,
        a_sender(Internet(port).network(), authority.client()) as sender,
    ):
        first, second = [await sender.post("https://shop.example/", b"x", {}) for _ in range(2)]
    assert list(first.timings) == ["dns", "connect", "tls", "first_byte"]
    assert list(second.timings) == ["first_byte"], "the connection was there already"
    for response in (first, second):
        assert (
            45 <= response.timings["first_byte"] <= sum(response.timings.values()) <= response.duration_ms + 4
        )


async def test_the_phases_of_a_failure_are_those_that_ended(sender: HttpWebhookSender) -> None:
    async with listening(hang) as port:
        response = await sender.post(f"http://127.0.0.1:{port}/", b"x", {})
    assert (response.status, list(response.timings)) == (None, ["dns", "connect"])


@pytest.mark.parametrize(
    ("certificate", "error"),
    [
        ({"host": "shop.example", "days_left": -1}, "certificate has expired"),
        ({"host": "shop.example", "self_signed": True}, "self-signed certificate"),
        (
            {"host": "other.example"},
            "Hostname mismatch, certificate is not valid for 'shop.example'",
        ),
    ],
)
async def test_bad_certificates(authority: Authority, certificate: dict[str, Any], error: str) -> None:
    got = []

    async def serve(reader: Reader, writer: Writer) -> None:
        got.append(await reader.read())

    async with (
        listening(serve, ssl=authority.server(**certificate)) as port,
        a_sender(Internet(port).network(), authority.client()) as sender,
    ):
        response = await sender.post("https://shop.example/", b"x", {})
    assert (response.status, response.error) == (None, f"TLS: {error}")
    assert b"".join(got) == b""


async def test_no_tls_where_it_should_be() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with listening(serve) as port, a_sender(Internet(port).network(), timeout_s=0.2) as sender:
        response = await sender.post("https://shop.example/", b"x", {})
    assert response.error == "TLS: no secure connection could be made"


# Addresses that are not public


def _is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ip_address(host))
    return False


PRIVATE = {
    "loopback": "127.0.0.1 127.1 2130706433 0177.0.0.1 0x7f.1 0x7f000001 017700000001 127.0.0.1.",
    "this host, everybody": "0 0.0.0.0 255.255.255.255 224.0.0.1 239.1.1.1 240.0.0.1",
    "private": "10.0.0.1 10.255.255.255 012.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 192.168.257 3232235777",
    "link-local, carrier-grade NAT": "169.254.169.254 0xa9fea9fe 100.64.0.1 100.127.255.255",
    "protocols, documentation, benchmarks": "192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1",
    "IPv6's own": ":: ::1 0:0:0:0:0:0:0:1 fc00::1 fd12:3456::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1",
    "IPv6, to nowhere": "100::1 5f00::1 2001:db8::1 3fff::1",
    "IPv4 inside IPv6": "::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1",
    "6to4": "2002:7f00:1:: 2002:a00:1:: 2002:c0a8:101::1",
    "NAT64": "64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1",
    "Teredo: by its server, by its client": "2001:0:7f00:1:: 2001:0:5db8:d822::80ff:fffe",
}
SPELLINGS = [host for hosts in PRIVATE.values() for host in hosts.split()]
ADDRESSES = [host for host in SPELLINGS if _is_address(host)]


def url_of(host: str) -> str:
    return f"https://[{host}]/" if ":" in host else f"https://{host}/"


@pytest.mark.parametrize("host", [*SPELLINGS, "localhost", "LOCALHOST.", "shop.localhost", "127。0。0。1"])
async def test_a_private_address_in_any_spelling_is_refused(host: str) -> None:
    internet = Internet()
    async with a_sender(internet.network()) as sender:
        response = await sender.post(url_of(host), b"x", {})
    assert response.status is None and response.error == check_url(url_of(host), allow_loopback=False)
    # httpx2 will not read some old spellings at all
    assert response.error in (NOT_PUBLIC, "This is not a valid URL")
    assert internet.connected == internet.looked_up == []


@pytest.mark.parametrize("host", SPELLINGS)
async def test_the_network_refuses_it_even_unasked(host: str) -> None:
    internet = Internet()
    with pytest.raises(NotAllowed):
        await internet.network().way_to(host, 443)
    assert internet.connected == internet.looked_up == []


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_name_that_leads_to_it_is_refused(address: str) -> None:
    for lookup in ([address], [PUBLIC, address], [address, PUBLIC]):
        internet = Internet(0, lookup)
        async with a_sender(internet.network()) as sender:
            response = await sender.post("https://shop.example/", b"x", {})
        assert (response.status, response.error) == (None, NOT_PUBLIC)
        assert (internet.looked_up, internet.connected) == (["shop.example"], [])


async def test_a_name_that_changes_its_mind(authority: Authority) -> None:
    """DNS rebinding: what was checked is where we go, and the next connection checks anew."""
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with listening(saying(answer), ssl=authority.server("shop.example")) as port:
        internet = Internet(port, [PUBLIC], ["127.0.0.1"])
        async with a_sender(internet.network(), authority.client()) as sender:
            first, second = [await sender.post("https://shop.example/", b"x", {}) for _ in range(2)]
    assert (first.status, second.status, second.error) == (200, None, NOT_PUBLIC)
    assert internet.connected == [(PUBLIC, 443)]
    assert len(internet.looked_up) == 2


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    tried = []

    async def connect(address: str, port: int) -> Any:
        tried.append(address)
        if address != "::1":
            raise OSError("No route to host")
        return await asyncio.open_connection("127.0.0.1", port)

    async def resolve(host: str) -> list[str]:
        return ["127.0.0.7", "127.0.0.8", "::1"]

    network = PublicOnly(allow_loopback=True, resolve=resolve, connect=connect)
    async with listening(answer_all) as port, a_sender(network) as sender:
        assert (await sender.post(f"http://localhost:{port}/", b"x", {})).status == 200
    assert tried == ["127.0.0.7", "127.0.0.8", "::1"]


async def test_hundreds_of_addresses_are_not_all_tried() -> None:
    internet = Internet(1, [f"93.184.216.{n}" for n in range(200)])
    async with a_sender(internet.network()) as sender:
        assert (await sender.post("https://shop.example/", b"x", {})).error == "Connection refused"
    assert len(internet.connected) == 8


async def test_development_opens_this_machine_and_no_other() -> None:
    async with listening(answer_all) as port, a_sender(PublicOnly(allow_loopback=True)) as sender:
        for host in ("127.0.0.1", "localhost", "127.1"):
            assert (await sender.post(f"http://{host}:{port}/", b"x", {})).status == 200
        for host in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "[fe80::1]", "shop.example"):
            error = (await sender.post(f"http://{host}:{port}/", b"x", {})).error
            assert error == "The URL must begin with https://"
    for private in ("10.0.0.1", "169.254.169.254", "0.0.0.0"):
        assert check_url(url_of(private), allow_loopback=True) == NOT_PUBLIC


async def test_ports_are_an_allow_list() -> None:
    network = Internet().network(allowed_ports=frozenset({443}), allow_loopback=True)
    await network.way_to("shop.example", 443)
    await network.way_to("127.0.0.1", 22)
    with pytest.raises(NotAllowed, match="Port 22 is not allowed"):
        await network.way_to("shop.example", 22)
    assert network.check("https://shop.example:22/") == "Port 22 is not allowed"
    assert network.check("https://localhost:22/") is None


async def test_lookups_of_one_name_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, go_on = [], threading.Event()

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        calls.append(host)
        go_on.wait(5)
        if host == "unknown.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    resolve = SystemResolver()
    impatient = asyncio.create_task(resolve("shop.example"))
    patient = [asyncio.create_task(resolve("shop.example")) for _ in range(50)]
    await asyncio.sleep(0.01)
    impatient.cancel()
    go_on.set()
    assert await asyncio.gather(*patient) == [[PUBLIC]] * 50
    assert await resolve("unknown.example") == []
    assert await resolve("shop.example") == [PUBLIC]
    assert calls == ["shop.example", "unknown.example", "shop.example"]


async def test_an_unknown_name() -> None:
    async with a_sender(Internet(0, []).network()) as sender:
        response = await sender.post("https://shop.example/", b"x", {})
    assert response.error == "The host name could not be resolved"


# Text


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/hook?a=b&c=%20",
        "HTTPS://Shop.Example:8443/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/größe",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "https://[::ffff:93.184.216.34]/",
        "https://_under.score.example/",
        "https://shop.example/" + "x" * 2000,
    ],
)
def test_sound_urls(url: str) -> None:
    assert check_url(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.example/", "must begin with https://"),
        ("ftp://shop.example/", "must begin with https://"),
        ("shop.example/hook", "must begin with https://"),
        ("//shop.example/hook", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("", "must begin with https://"),
        ("https://", "no host"),
        ("https:///hook", "no host"),
        ("https://user:pass@shop.example/", "user name"),
        ("https://shop.example@93.184.216.34/", "user name"),
        ("https://shop.example/#top", "fragment"),
        ("https://shop.example/\nhook", "control characters"),
        ("https://shop.example/\0", "control characters"),
        ("https://shop.example/a b", "spaces"),
        (" https://shop.example/", "spaces"),
        ("https://shop.example\\@evil.example/", "backslashes"),
        ("https://shop.example/\ud800", "control characters"),
        ("https://shop.example/\u202e", "control characters"),
        ("https://127%2e0%2e0%2e1/", "host name is not valid"),
        ("https://[fe80::1%25eth0]/", "not"),
        ("https://sh;op.example/", "host name is not valid"),
        ("https://①②⑦.0.0.1/", "not a valid URL"),
        ("https://[::1/", "not a valid URL"),
        ("https://shop.example:0/", "Port 0"),
        ("https://shop.example:-1/", "Port -1"),
        ("https://shop.example:65536/", "Port 65536"),
        ("https://shop.example:port/", "not a valid URL"),
        ("https://shop.example/" + "x" * 2048, "2048 characters"),
    ],
)
def test_unsound_urls(url: str, words: str) -> None:
    assert words in (check_url(url, allow_loopback=False) or "")


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("9" * 5_000, 86_400),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Thu, 01 Jan 2026 00:02:00 -0000", 120),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Thu, 01 Jan 2026 00:00:00 +9999999", None),
        ("Thu, 99 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(text: str | None, wait_s: float | None) -> None:
    headers = [] if text is None else [(b"retry-After", text.encode("latin-1"))]
    assert retry_after_s(headers, datetime(2026, 1, 1, tzinfo=UTC)) == wait_s
