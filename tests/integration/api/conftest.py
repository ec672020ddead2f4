"""The API's contract over PostgreSQL; Redis and the network are their twins, since it touches neither."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dependency_injector import providers

from adapters.memory.coordination import MemoryCoordination
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.webhook_sender import MemoryWebhookSender
from config.container import Gateway
from config.settings import Settings
from tests.contracts.api.fixtures import Later, api, client, endpoint, held, paid, work
from tests.integration.postgres_databases import connect, empty, migrated

__all__ = ["api", "client", "endpoint", "held", "paid", "work"]

SETTINGS: dict[str, Any] = {
    "environment": "development",
    "simulator_book": True,
    "rate_limits": False,
    "pepper": "p" * 32,
    "encryption_keys": "test:" + "A" * 43 + "=",
}
# Time passes for the rows: what the database dates by its own clock happened so much earlier.
EARLIER = (
    "UPDATE jobs SET due_at = due_at - s, leased_until = leased_until - s FROM make_interval(secs => %s) AS s",
    "UPDATE idempotency_keys SET created_at = created_at - s FROM make_interval(secs => %s) AS s",
)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def gateway(url: str) -> AsyncIterator[Gateway]:
    empty(url)
    gateway = Gateway(settings=Settings(database_url=url, **SETTINGS))
    clock = gateway.clock()
    gateway.override_providers(
        job_queue=providers.Object(MemoryJobQueue(clock)),
        coordination=providers.Object(MemoryCoordination(clock)),
        rate_limiter=providers.Object(MemoryRateLimiter(clock)),
        sender=providers.Object(MemoryWebhookSender()),
    )
    yield gateway
    await gateway.announcer().drain()
    await gateway.book().close()
    await gateway.database().close()


@pytest.fixture
def later(gateway: Gateway, url: str) -> Later:
    """Let so many seconds pass, for the gateway's clock and for the rows."""
    passed = timedelta()

    async def pass_time(seconds: float) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)
        gateway.clock().calibrate(time.time(), datetime.now(UTC) + passed)
        with connect(url) as admin:
            for statement in EARLIER:
                admin.execute(statement, (seconds,))

    return pass_time
