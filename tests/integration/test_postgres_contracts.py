"""The contracts of the unit of work, the jobs and the queries, over PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from adapters.postgres.database import Database
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.key_uses import PostgresKeyUses
from adapters.postgres.queries import PostgresQueries
from adapters.postgres.store import PostgresStore
from tests.contracts.jobs import JobsContract
from tests.contracts.key_uses import KeyUsesContract
from tests.contracts.queries import QueriesContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.integration.postgres_databases import connect, empty, migrated

# Time passes for the rows: everything in them happened so much earlier.
EARLIER = (
    "UPDATE jobs SET created_at = created_at - s, due_at = due_at - s, leased_until = leased_until - s,"
    " claimed_at = claimed_at - s"
    " FROM make_interval(secs => %s) AS s",
    "UPDATE idempotency_keys SET created_at = created_at - s FROM make_interval(secs => %s) AS s",
)


class PostgresBackend:
    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)
        self.store = PostgresStore(self.database)
        self.jobs = PostgresJobs(self.database)
        self.queries = PostgresQueries(self.database)
        self.key_uses = PostgresKeyUses(self.database)

    def clock(self) -> datetime:
        return datetime.now(UTC)

    async def pass_time(self, seconds: float) -> None:
        with connect(self.url) as admin:
            for statement in EARLIER:
                admin.execute(statement, (seconds,))


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


class InPostgres:
    @pytest.fixture
    async def backend(self, url: str) -> AsyncIterator[PostgresBackend]:
        empty(url)
        backend = PostgresBackend(url)
        yield backend
        await backend.database.close()


class TestUnitOfWorkInPostgres(InPostgres, UnitOfWorkContract): ...


class TestJobsInPostgres(InPostgres, JobsContract): ...


class TestQueriesInPostgres(InPostgres, QueriesContract): ...


class TestKeyUsesInPostgres(InPostgres, KeyUsesContract): ...
