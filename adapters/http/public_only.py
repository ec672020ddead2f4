"""A network that reaches merchants on the public internet only, whatever their URL or name server says."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx2
from ssrfguard import DEFAULT_DENIED

from adapters.http.connection import Open, Streams

MAX_URL_CHARACTERS = 2048
MAX_ADDRESSES = 8  # a name server may list hundreds, and have us knock on every one
CONNECT_TRY_S = 1.0  # for each address but the last, so that a broken IPv6 route leaves time for IPv4
RESOLVER_THREADS = 32  # our own: a name server that hangs must not block other users of the loop's pool
HOST_NAME = re.compile(r"[a-z0-9_.-]{1,253}")  # as httpx2 gives it: lower case, IDNA
LOOPBACK = IPv4Address("127.0.0.1")
NOT_PUBLIC = "The host is not on the public internet"

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]  # a name's addresses, none when it is unknown
Connect = Callable[[str, int], Awaitable[Streams]]


class NotAllowed(Exception):
    """We do not go there; the message tells the merchant why."""


def check_url(url: str, *, allow_loopback: bool, allowed_ports: frozenset[int] | None = None) -> str | None:
    """Why the URL cannot be an endpoint, in a merchant's words; None when it can.

    Looks at the text alone. Where a name leads is known, and checked, when we connect.
    """
    if len(url) > MAX_URL_CHARACTERS:
        return f"The URL is longer than {MAX_URL_CHARACTERS} characters"
    if not url.isprintable() or " " in url or "\\" in url:
        return "The URL may not contain spaces, backslashes or control characters"
    try:
        return _objection(httpx2.URL(url), allow_loopback, allowed_ports)
    except (httpx2.InvalidURL, ValueError):
        return "This is not a valid URL"


def _objection(url: httpx2.URL, allow_loopback: bool, allowed_ports: frozenset[int] | None) -> str | None:
    host = url.raw_host.decode()
    address = LOOPBACK if f".{host.rstrip('.')}".endswith(".localhost") else literal(host)
    local = allow_loopback and address is not None and address.is_loopback
    port = url.port if url.port is not None else 443
    if url.scheme != "https" and not (local and url.scheme == "http"):
        return "The URL must begin with https://"
    if not host:
        return "The URL has no host"
    if url.userinfo:
        return "The URL may not contain a user name or a password"
    if "#" in str(url):
        return "The URL may not contain a fragment (#)"
    if address is None and not HOST_NAME.fullmatch(host):
        return "The host name is not valid"
    if address and not local and DEFAULT_DENIED.classify(address).blocked:
        return NOT_PUBLIC
    if not 0 < port < 65_536 or not (local or allowed_ports is None or port in allowed_ports):
        return f"Port {port} is not allowed"
    return None


def literal(host: str) -> Address | None:
    """The address that a host spells out, also in the old forms that resolvers still take:
    `127.1`, `2130706433`, `0177.0.0.1`, `0x7f.1`."""
    with contextlib.suppress(ValueError):
        return ip_address(host)
    with contextlib.suppress(OSError, ValueError):
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    return None


class PublicOnly:
    """Resolves a name once, checks every address, and connects to one that it checked.

    A name whose addresses are not all public is refused as a whole. `allow_loopback`, for development,
    opens this machine itself on any port; elsewhere `allowed_ports` holds, None being all.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        allowed_ports: frozenset[int] | None = None,
        resolve: Resolve | None = None,
        connect: Connect = asyncio.open_connection,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._allowed_ports = allowed_ports
        self._resolve = resolve or SystemResolver()
        self._connect = connect

    def check(self, url: str) -> str | None:
        """`check_url` by this network's settings."""
        return check_url(url, allow_loopback=self._allow_loopback, allowed_ports=self._allowed_ports)

    async def way_to(self, host: str, port: int) -> Open:
        """What opens a connection to an address that was checked just now. Raises NotAllowed."""
        known = literal(host)
        addresses = [known] if known else [ip_address(text) for text in await self._resolve(host)]
        if not addresses:
            raise NotAllowed("The host name could not be resolved")
        for address in addresses:
            self._check(address, port)
        return partial(self._open, addresses[:MAX_ADDRESSES], port)

    def _check(self, address: Address, port: int) -> None:
        if self._allow_loopback and address.is_loopback:
            return
        if DEFAULT_DENIED.classify(address).blocked:
            raise NotAllowed(NOT_PUBLIC)  # without the address: it may be a name of our own network
        if self._allowed_ports is not None and port not in self._allowed_ports:
            raise NotAllowed(f"Port {port} is not allowed")

    async def _open(self, addresses: list[Address], port: int) -> Streams:
        *others, last = map(str, addresses)
        for address in others:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(CONNECT_TRY_S):
                    return await self._connect(address, port)
        return await self._connect(last, port)


class SystemResolver:
    """The operating system's resolver; lookups of one name at one time are one lookup."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolve")
        self._under_way: dict[str, asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str) -> list[str]:
        if host not in self._under_way:
            lookup = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)
            lookup.add_done_callback(lambda _: self._under_way.pop(host))
            self._under_way[host] = lookup
        return await asyncio.shield(self._under_way[host])  # one who gives up does not end it for the rest


def _look_up(host: str) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []
