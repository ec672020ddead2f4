"""The contracts of the unit of work, the jobs and the queries, over PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from adapters.postgres.audit_chain import PostgresAuditChain
from adapters.postgres.database import Database
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.key_uses import PostgresKeyUses
from adapters.postgres.queries import PostgresQueries
from adapters.postgres.retention import PostgresRetention
from adapters.postgres.sealed_rows import PostgresSealedRows
from adapters.postgres.store import PostgresStore
from tests.contracts.audit_chain import AuditChainContract
from tests.contracts.jobs import JobsContract
from tests.contracts.key_uses import KeyUsesContract
from tests.contracts.queries import QueriesContract
from tests.contracts.retention import RetentionContract
from tests.contracts.sealed_rows import SealedRowsContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.integration.postgres_databases import connect, empty, migrated

# Time passes for the rows: everything in them happened so much earlier.
EARLIER = (
    "UPDATE jobs SET created_at = created_at - s, due_at = due_at - s, leased_until = leased_until - s,"
    " claimed_at = claimed_at - s"
    " FROM make_interval(secs => %s) AS s",
    "UPDATE idempotency_keys SET created_at = created_at - s FROM make_interval(secs => %s) AS s",
)


# What somebody with every right could do to the audit log; $1 and $2 are ids of entries.
TAMPER = {
    "change": "UPDATE audit_entries SET after = after || '{\"amount\": 1}' WHERE id = %s",
    "remove": "DELETE FROM audit_entries WHERE id = %s",
    "insert": "INSERT INTO audit_entries SELECT (jsonb_populate_record(t, jsonb_build_object('id',"
    " left(t.id, -1) || '!'))).* FROM audit_entries t WHERE id = %s",  # right before it
    "unseal": "DELETE FROM audit_seals WHERE entry_id = %s",
    "cut": "WITH cut AS (DELETE FROM audit_seals WHERE number >= (SELECT number FROM audit_seals WHERE entry_id = %s)"
    " RETURNING entry_id) DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM cut)",
    "swap": "WITH pair AS (DELETE FROM audit_seals WHERE entry_id IN (%s, %s) RETURNING *)"
    " INSERT INTO audit_seals SELECT a.number + 1000, b.entry_id, a.hash, a.sealed_at"
    " FROM pair a JOIN pair b ON a.number <> b.number",
}


class PostgresBackend:
    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)
        self.store = PostgresStore(self.database)
        self.jobs = PostgresJobs(self.database)
        self.queries = PostgresQueries(self.database)
        self.retention = PostgresRetention(self.database)
        self.audit_chain = PostgresAuditChain(self.database)
        self.sealed_rows = PostgresSealedRows(self.database)
        self.key_uses = PostgresKeyUses(self.database)

    def clock(self) -> datetime:
        return datetime.now(UTC)

    async def tamper(self, how: str, *entry_ids: str) -> None:
        """Past everything that guards the rows."""
        with connect(self.url) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute(TAMPER[how], entry_ids)
            if (
                how == "swap"
            ):  # in two steps, since one of a pair cannot take the other's place before it is free
                admin.execute("UPDATE audit_seals SET number = number - 1000 WHERE number > 1000")

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


class TestRetentionInPostgres(InPostgres, RetentionContract): ...


class TestKeyUsesInPostgres(InPostgres, KeyUsesContract): ...


class TestAuditChainInPostgres(InPostgres, AuditChainContract): ...


class TestSealedRowsInPostgres(InPostgres, SealedRowsContract): ...
