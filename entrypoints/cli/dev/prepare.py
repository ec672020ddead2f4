"""What a development database needs before anybody uses it: tables, and a merchant with known keys."""

import asyncio
import time

from config.container import Gateway
from config.lifespan import opened
from core.domain.errors import Refused, Unavailable
from core.use_cases.manage_api_keys import KeyPair
from entrypoints.cli.migration import migrate_database
from entrypoints.cli.troubles import Exit, Trouble, read_settings

TEST_KEY = KeyPair("key_test_abc123", "secret_test_xyz789")
NAME, EMAIL = "Acme Stores", "dev@example.com"
PAUSE_S = 0.5


async def prepare(patience_s: float = 0.0) -> None:
    """Safe to repeat. Raises Trouble, and Unavailable when the database or Redis is away for longer than that.

    Servers that have only just started may be slow on a machine that is busy with starting everything else.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            return await _prepare()
        except Unavailable:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(PAUSE_S)


async def _prepare() -> None:
    settings = read_settings()
    assert settings.is_development
    await migrate_database(settings)
    async with opened(Gateway(settings=settings), wait=False) as gateway:
        await gateway.coordination().alive("worker")
        try:
            await gateway.create_merchant()(NAME, EMAIL, test_key=TEST_KEY)
        except Refused:
            await _recognise(gateway)


async def _recognise(gateway: Gateway) -> None:
    """There is one already; its secret was hashed under the pepper of that time."""
    async with gateway.uow().begin() as tx:
        key = await tx.api_keys.find(TEST_KEY.id)
    if key is None or key.secret_hash != gateway.cipher().digest(TEST_KEY.secret):
        raise Trouble(
            "This database was made with another GATEWAY_PEPPER, so its API keys no longer work.",
            "Bring the pepper back (secrets.env in the data folder), or start afresh: --data-dir",
            Exit.CONFIG,
        )
