"""Whose test account it is: an API key from flags or the environment, and a client that uses it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from entrypoints.cli.troubles import Exit, Trouble

if TYPE_CHECKING:
    import httpx2

URL = "http://127.0.0.1:8000"
TIMEOUT_S = 10.0

UrlOption = Annotated[str, typer.Option("--url", envvar="GATEWAY_URL", help="Where the gateway is.")]
KeyOption = Annotated[
    str,
    typer.Option("--api-key", envvar="GATEWAY_API_KEY", help="A test key, key_test_…", show_default=False),
]
SecretOption = Annotated[
    str, typer.Option("--api-secret", envvar="GATEWAY_API_SECRET", help="Its secret.", show_default=False)
]


@dataclass(frozen=True)
class Access:
    """A gateway's address, and a key that opens the test mode of one merchant."""

    url: str
    key: str
    secret: str = field(repr=False)


def access_by(url: str, key: str, secret: str) -> Access:
    """On this machine and without a key, the merchant of `gateway dev`. Raises Trouble, for a live key too."""
    if not key and not secret and _is_local(url):
        from entrypoints.cli.dev.prepare import TEST_KEY

        key, secret = TEST_KEY.id, TEST_KEY.secret
    if key.startswith("key_live_"):
        raise Trouble(
            "This is a live key, and these tools are for test mode: real payments stay out of them.",
            "Use the key that begins with key_test_.",
            Exit.USAGE,
        )
    if not key or not secret:
        raise Trouble(
            "An API key and its secret are needed.",
            "Set GATEWAY_API_KEY and GATEWAY_API_SECRET, or give --api-key and --api-secret.",
            Exit.USAGE,
        )
    if urlsplit(url).scheme not in ("http", "https"):
        raise Trouble(f"--url {url} is no address.", "Such as http://127.0.0.1:8000", Exit.USAGE)
    return Access(url.rstrip("/"), key, secret)


@asynccontextmanager
async def client_of(access: Access) -> "AsyncIterator[httpx2.AsyncClient]":
    import httpx2

    credentials = {"X-Api-Key": access.key, "X-Api-Secret": access.secret}
    async with httpx2.AsyncClient(
        base_url=access.url, headers=credentials, trust_env=False, timeout=TIMEOUT_S
    ) as client:
        yield client


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
