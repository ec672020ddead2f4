"""A whole gateway in one process, without PostgreSQL, Redis or the network: for tests of all kinds."""

from datetime import UTC, datetime
from typing import Any

from dependency_injector import providers

from adapters.memory.audit_chain import MemoryAuditChain
from adapters.memory.chance import SeededChance
from adapters.memory.clock import MemoryClock
from adapters.memory.coordination import MemoryCoordination
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.key_uses import MemoryKeyUses
from adapters.memory.queries import MemoryQueries
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.retention import MemoryRetention
from adapters.memory.sealed_rows import MemorySealedRows
from adapters.memory.store import MemoryStore
from adapters.memory.webhook_sender import MemoryWebhookSender
from adapters.simulator.memory_book import MemoryBook
from config.container import Gateway
from config.settings import Environment, Settings
from core.domain.job import Lane

_KEY = "test:" + "A" * 43 + "="


def in_memory(**settings: Any) -> Gateway:
    """All ports swapped for their twins. Time stands still until `gateway.clock().advance(minutes=5)`;
    nothing happens behind one's back: `await work(gateway)` does what is due."""
    defaults = {
        "simulator_book": True,
        "environment": Environment.DEVELOPMENT,
        "pepper": "p" * 32,
        "encryption_keys": _KEY,
        "rate_limits": False,  # those who test them ask for them
    }
    gateway = Gateway(settings=Settings(**{**defaults, **settings}))
    clock = MemoryClock(datetime.now(UTC).replace(microsecond=0))
    store = MemoryStore(clock)
    gateway.override_providers(
        clock=providers.Object(clock),
        chance=providers.Object(SeededChance()),
        database_time=providers.Object(None),
        closers=providers.Object([]),
        store=providers.Object(store),
        jobs=providers.Object(store.jobs),
        queries=providers.Object(MemoryQueries(store, clock)),
        retention=providers.Object(MemoryRetention(store)),
        sealed_rows=providers.Object(MemorySealedRows(store)),
        audit_chain=providers.Object(MemoryAuditChain(store)),
        key_uses=providers.Object(MemoryKeyUses()),
        job_queue=providers.Object(MemoryJobQueue(clock)),
        coordination=providers.Object(MemoryCoordination(clock)),
        rate_limiter=providers.Object(MemoryRateLimiter(clock)),
        book=providers.Object(MemoryBook()),
        sender=providers.Object(MemoryWebhookSender()),
    )
    return gateway


async def work(gateway: Gateway) -> None:
    """Do everything that is due now, as workers and a scheduler would, until nothing is."""
    queue, run_jobs = gateway.job_queue(), gateway.run_jobs()
    while True:
        await gateway.announcer().drain()
        await gateway.wake_scheduled()()
        await gateway.relay_jobs()()
        if not any([await queue.length(lane) for lane in Lane]):
            return
        for lane in Lane:
            while await queue.length(lane):
                await run_jobs(await queue.take(lane))
