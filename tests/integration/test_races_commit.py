"""A COMMIT against the end of its connection: what is told is what happened, whatever moment it is."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.embedded import start_postgres
from adapters.postgres.database import Database
from adapters.postgres.store import PostgresStore
from adapters.unit_of_work.store import AnswerLost, Changes, Fate
from core.domain.errors import Unavailable
from tests.factories import an_order
from tests.integration.postgres_databases import connect, migrated

TRIES = 200
COMMIT_S = 0.01
SLOW = {"commit_delay": str(round(COMMIT_S * 1_000_000)), "commit_siblings": "0"}
KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'gateway' AND datname = current_database()"
)


@pytest.fixture(scope="module")
def url(servers_dir: Path) -> Iterator[str]:
    """Of a server that flushes to disk, as in production, and takes its time for it."""
    server = start_postgres(servers_dir / "slow-to-commit", settings=SLOW)
    with migrated(server.url) as url:
        yield url
    server.stop()


async def test_a_commit_whose_connection_is_terminated_is_told_as_it_was(url: str) -> None:
    database = Database(url)
    store, chance, told = PostgresStore(database), random.Random(7), Counter[str]()
    with connect(url) as admin:
        for _ in range(TRIES):
            order = an_order()
            writing = asyncio.create_task(_fate_of_write(store, Changes(inserts=[order])))
            await asyncio.sleep(chance.uniform(0, COMMIT_S))
            await asyncio.to_thread(admin.execute, KILL)
            is_told = await writing
            [is_there] = admin.execute(
                "SELECT count(*) FROM orders WHERE id = %s", (order.id,)
            ).fetchone() or [0]
            told[is_told] += 1
            assert (is_told is Fate.COMMITTED) is bool(is_there), is_told
    await database.close()
    assert len(told) > 1, told


async def _fate_of_write(store: PostgresStore, changes: Changes) -> Fate:
    """What the writer of groups makes of it."""
    try:
        await store.write([changes])
    except Unavailable:
        return Fate.ABORTED
    except AnswerLost as lost:
        return await store.fate(lost.ticket)
    return Fate.COMMITTED
