"""A revoked key, at a door that has just let it in: two processes' containers over one PostgreSQL, in real time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic

import httpx2
import pytest
from dependency_injector import providers

from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.rate_limiter import MemoryRateLimiter
from config.container import Gateway
from config.settings import Settings
from core.domain.merchant import Account, Mode
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, made
from tests.integration.api.conftest import SETTINGS
from tests.integration.postgres_databases import migrated

EFFECTIVE_S = 5.0


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@asynccontextmanager
async def process(url: str) -> AsyncIterator[tuple[Gateway, httpx2.AsyncClient]]:
    """What one API process has of its own: a container with its connections, an application with its key ring."""
    gateway = Gateway(settings=Settings(database_url=url, **SETTINGS))
    gateway.override_providers(
        job_queue=providers.Object(MemoryJobQueue(gateway.clock())),
        rate_limiter=providers.Object(MemoryRateLimiter(gateway.clock())),
    )
    transport = httpx2.ASGITransport(create_app(gateway))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield gateway, client
    await gateway.announcer().drain()
    await gateway.database().close()


async def test_a_key_revoked_at_one_process_is_refused_by_all_within_five_seconds(url: str):
    async with process(url) as (here, at_one), process(url) as (_, at_other):
        created = await here.create_merchant()("Acme Stores", "owner@acme.example")
        pair, account = created.keys[Mode.TEST], Account(created.merchant.id, Mode.TEST)
        doomed = await here.create_key()(account, pair.id)
        owner = Api(at_one, {"X-Api-Key": pair.id, "X-Api-Secret": pair.secret})
        credentials = {"X-Api-Key": doomed.key.id, "X-Api-Secret": doomed.secret}
        doors = [Api(client, credentials) for client in (at_one, at_other)]
        for door in doors:
            made(await door.get("merchant"))  # which they will remember

        made(await owner.post(f"api_keys/{doomed.key.id}/revoke"))
        revoked = monotonic()
        for door in doors:
            while (asked := monotonic()) and (answer := await door.get("merchant")).status_code != 401:
                assert answer.status_code == 200, answer.text
                assert asked - revoked < EFFECTIVE_S, "a door still opens"
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        for door in doors:
            assert (await door.get("merchant")).status_code == 401, "it stays so"
