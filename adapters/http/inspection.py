"""What can be known of a receiver before anything is sent to it."""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import httpx2

from adapters.http.answer import BODY_BYTES
from adapters.http.public_only import Connect, PublicOnly, Resolve, SystemResolver, literal

CERTIFICATE_TIME = "notAfter"


@dataclass(frozen=True, slots=True)
class Handshake:
    """A connection that could be made: `duration_ms` for TCP and TLS; no protocol and end without TLS."""

    duration_ms: int
    protocol: str | None
    certificate_ends_at: datetime | None


class Inspection:
    """Looks at a receiver's name, addresses and certificate, by the rules of the network that webhooks take."""

    answer_bytes = BODY_BYTES

    def __init__(
        self,
        network: PublicOnly,
        tls: ssl.SSLContext,
        *,
        timeout_s: float,
        resolve: Resolve | None = None,
        connect: Connect = asyncio.open_connection,
    ) -> None:
        self._network = network
        self._tls = tls
        self._timeout_s = timeout_s
        self._resolve = resolve or SystemResolver()
        self._connect = connect

    def objection(self, url: str) -> str | None:
        """Why no webhook would go there, by the URL's text alone; None if one would."""
        return self._network.check(url)

    async def addresses(self, url: str) -> list[str]:
        """Where the host's name leads; none if it is unknown, or if nobody says in time."""
        host = httpx2.URL(url).raw_host.decode()
        if known := literal(host):
            return [str(known)]
        try:
            async with asyncio.timeout(self._timeout_s):
                return list(dict.fromkeys(await self._resolve(host)))
        except TimeoutError:
            return []

    def refused(self, addresses: Sequence[str]) -> list[str]:
        """Those at which no receiver may be; a single one spoils them all."""
        return [address for address in addresses if self.objection(f"https://{_in_url(address)}/")]

    @staticmethod
    def local(addresses: Sequence[str]) -> bool:
        """Whether all of them are this machine itself."""
        return all(ip_address(address).is_loopback for address in addresses)

    async def is_open(self, url: str) -> bool:
        """Whether somebody takes connections there, whatever they do with them."""
        writer = await self._open(url)
        if writer is not None:
            writer.transport.abort()
        return writer is not None

    async def connect(self, url: str) -> Handshake | None:
        """None when no connection can be made in time; a webhook on the same way says why."""
        target, began_s = httpx2.URL(url), asyncio.get_running_loop().time()
        writer = await self._open(url, secure=target.scheme == "https")
        if writer is None:
            return None
        duration_ms = round((asyncio.get_running_loop().time() - began_s) * 1000)
        try:
            return _handshake(duration_ms, writer)
        finally:
            writer.transport.abort()

    async def _open(self, url: str, *, secure: bool = False) -> asyncio.StreamWriter | None:
        target = httpx2.URL(url)
        port = target.port or (443 if target.scheme == "https" else 80)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_s):
                for address in await self.addresses(url):
                    with contextlib.suppress(OSError):  # which bad certificates are too
                        _, writer = await self._connect(address, port)
                        if secure:
                            await writer.start_tls(self._tls, server_hostname=target.raw_host.decode())
                        return writer
        return None


def _handshake(duration_ms: int, writer: asyncio.StreamWriter) -> Handshake:
    secure: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
    if secure is None:
        return Handshake(duration_ms, None, None)
    text = (secure.getpeercert() or {}).get(CERTIFICATE_TIME)  # nothing is known of what is not verified
    ends_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if isinstance(text, str) else None
    return Handshake(duration_ms, secure.version(), ends_at)


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address
