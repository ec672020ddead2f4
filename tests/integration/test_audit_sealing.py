"""Sealing the audit log of PostgreSQL while others write to it, and what not even our own code may do to it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from adapters.memory.chance import SeededChance
from adapters.postgres.audit_chain import PostgresAuditChain
from adapters.postgres.database import Database
from adapters.postgres.store import PostgresStore
from adapters.system.clock import CalibratedClock
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.use_cases.seal_audit import SealAudit
from core.use_cases.verify_audit import AuditVerdict, VerifyAudit
from tests.contracts.audit_chain import an_entry
from tests.contracts.unit_of_work import Announced
from tests.factories import fresh_id
from tests.integration.postgres_databases import connect, empty, migrated

INSERT = (
    "INSERT INTO audit_entries (id, merchant_id, mode, actor, action, target_id, before, after, created_at, version)"
    " VALUES (%s, 'mer_x', 'test', 'operator', 'made', 'x', '{}', '{}', now(), 1)"
)
WRITERS, EACH = 8, 25


@pytest.fixture(scope="module")
def migrated_url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
def url(migrated_url: str) -> str:
    empty(migrated_url)
    return migrated_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
def chain(database: Database) -> PostgresAuditChain:
    return PostgresAuditChain(database)


@pytest.fixture
def unfinished(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that stays open until the test ends it."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        yield connection
        connection.rollback()


async def sealed(chain: PostgresAuditChain) -> list[str]:
    """All that can be sealed now, in the chain's order."""
    while await SealAudit(chain)():
        pass
    return [each.seal.entry_id for each in await chain.links(after=0, limit=1000)]


async def verified(chain: PostgresAuditChain) -> AuditVerdict:
    verdict = await VerifyAudit(chain)()
    assert verdict.broken is None
    return verdict


async def test_an_entry_is_sealed_only_when_none_can_come_before_it(
    url: str, chain: PostgresAuditChain, unfinished: psycopg.Connection[Any]
) -> None:
    slow, quick = fresh_id("aud"), fresh_id("aud")
    unfinished.execute(INSERT, (slow,))
    with connect(url) as other:
        other.execute(INSERT, (quick,))  # begins later, and has committed: it did not wait
    assert await sealed(chain) == []
    assert (await verified(chain)).tail.count == 1
    unfinished.commit()
    assert await sealed(chain) == [slow, quick]
    assert (await verified(chain)).tail.count == 0


async def test_an_entry_that_was_undone_leaves_no_gap(
    url: str, chain: PostgresAuditChain, unfinished: psycopg.Connection[Any]
) -> None:
    unfinished.execute(INSERT, (fresh_id("aud"),))
    with connect(url) as other:
        other.execute(INSERT, (kept := fresh_id("aud"),))
    unfinished.rollback()
    assert await sealed(chain) == [kept]
    assert (await verified(chain)).sound == 1


async def test_a_writer_does_not_wait_for_a_sealer_that_hangs(
    url: str, chain: PostgresAuditChain, unfinished: psycopg.Connection[Any]
) -> None:
    with connect(url) as writer:
        writer.execute(INSERT, (first := fresh_id("aud"),))
        unfinished.execute("INSERT INTO audit_seals (number, entry_id, hash) VALUES (1, %s, 'x')", (first,))
        writer.execute("SET lock_timeout = '200ms'")  # raises if there were anything to wait for
        writer.execute(INSERT, (second := fresh_id("aud"),))
    unfinished.rollback()
    assert await sealed(chain) == [first, second]


async def test_two_seal_while_many_write_and_every_entry_is_in_the_chain_once(
    url: str, database: Database, chain: PostgresAuditChain
) -> None:
    clock, done = CalibratedClock(), asyncio.Event()
    written: list[str] = []
    # A writer each, as processes have, so that transactions overlap and commit out of the order of their ids.
    units = [
        OptimisticUnitOfWork(PostgresStore(database), Announced(), clock, SeededChance())
        for _ in range(WRITERS)
    ]

    async def write(uow: OptimisticUnitOfWork) -> None:
        for _ in range(EACH):
            async with uow.begin() as tx:
                tx.audit.add(entry := an_entry())
            written.append(entry.id)

    async def seal() -> None:
        while not done.is_set():
            await SealAudit(chain)()

    sealers = [asyncio.create_task(seal()) for _ in range(2)]
    await asyncio.gather(*map(write, units))
    done.set()
    await asyncio.gather(*sealers)
    in_chain = await sealed(chain)
    assert len(in_chain) == WRITERS * EACH
    assert sorted(in_chain) == sorted(written)
    verdict = await verified(chain)
    assert (verdict.sound, verdict.tail.count) == (WRITERS * EACH, 0)


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_nothing_is_changed_or_removed(
    url: str, chain: PostgresAuditChain, table: str, change: str
) -> None:
    with connect(url) as owner:
        owner.execute(INSERT, (fresh_id("aud"),))
        assert len(await sealed(chain)) == 1
        column = "actor = 'nobody'" if table == "audit_entries" else "hash = 'x'"
        with pytest.raises(errors.RestrictViolation, match="append-only"):
            owner.execute(change.format(table, column))  # type: ignore[arg-type]  # not a literal
