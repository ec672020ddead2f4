"""Where a request comes from, as far as those who say so are trusted."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

FORWARDED_FOR = b"x-forwarded-for"
IPV6_SITE_BITS = 64  # one customer has at least so much, and may take a new address for every request


def client_address(scope: Scope, trusted: Sequence[Network]) -> str:
    """The client's address, an IPv6 one as its /64; "" when there is none, as over a Unix socket.

    X-Forwarded-For is read from the right, where the nearest proxy wrote, and only as long as those who wrote are
    trusted: what stands further left may be anybody's invention. RFC 7239's `Forwarded` is not read at all.
    """
    peer = scope.get("client")
    address = _read(peer[0]) if peer else None
    if address is None:
        return ""
    if trusted:
        for hop in _hops(scope):
            if not _is_in(address, trusted):
                break
            named = _read(hop)
            if named is None:
                break  # "unknown", or nonsense: the last that can be believed is the proxy that passed it on
            address = named
    return _site(address)


def is_forwarded(scope: Scope) -> bool:
    """Whether somebody says that the request came through them."""
    return any(name == FORWARDED_FOR for name, _ in scope["headers"])


def _hops(scope: Scope) -> Iterator[str]:
    """From the nearest on. The field may come several times, which reads as one list (RFC 9110, 5.3)."""
    for name, value in reversed(scope["headers"]):
        if name == FORWARDED_FOR:
            yield from reversed(value.decode("latin-1").split(","))


def _read(text: str) -> Address | None:
    """An address; some proxies add the port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _site(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, IPV6_SITE_BITS), strict=False))
