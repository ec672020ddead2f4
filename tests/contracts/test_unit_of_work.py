"""Both stores under the one unit of work, with their jobs and queries."""

from dataclasses import replace

import pytest

from adapters.memory.audit_chain import MemoryAuditChain
from adapters.memory.clock import MemoryClock
from adapters.memory.key_uses import MemoryKeyUses
from adapters.memory.queries import MemoryQueries
from adapters.memory.retention import MemoryRetention
from adapters.memory.sealed_rows import MemorySealedRows
from adapters.memory.store import MemoryStore
from core.domain.audit import AuditEntry
from tests.contracts.audit_chain import AuditChainContract
from tests.contracts.jobs import JobsContract
from tests.contracts.key_uses import KeyUsesContract
from tests.contracts.queries import QueriesContract
from tests.contracts.retention import RetentionContract
from tests.contracts.sealed_rows import SealedRowsContract
from tests.contracts.unit_of_work import UnitOfWorkContract


class MemoryBackend:
    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.store = MemoryStore(self.clock)
        self.jobs = self.store.jobs
        self.queries = MemoryQueries(self.store, self.clock)
        self.retention = MemoryRetention(self.store)
        self.audit_chain = MemoryAuditChain(self.store)
        self.sealed_rows = MemorySealedRows(self.store)
        self.key_uses = MemoryKeyUses()

    async def tamper(self, how: str, *entry_ids: str) -> None:
        """Past everything that guards the rows."""
        rows, seals = self.store.rows, self.audit_chain.seals
        entries, (id, *others) = rows._rows[AuditEntry], entry_ids
        at = {seal.entry_id: number for number, seal in seals.items()}
        if how == "change":
            entries[id].after["amount"] = 1
        elif how == "remove":
            del entries[id]
        elif how == "insert":
            new = replace(entries[id], id=id[:-1] + "!")  # right before it
            entries[new.id] = new
            rows._committed_in[new.id] = rows.position(id)
        elif how == "unseal":
            del seals[at[id]]
        elif how == "cut":
            for number in [number for number in seals if number >= at[id]]:
                del entries[seals.pop(number).entry_id]
        else:
            one, other = (seals[at[id]] for id in (id, *others))
            seals[one.number] = replace(one, entry_id=other.entry_id)
            seals[other.number] = replace(other, entry_id=one.entry_id)

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)


class InMemory:
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend()


class TestUnitOfWorkInMemory(InMemory, UnitOfWorkContract): ...


class TestJobsInMemory(InMemory, JobsContract): ...


class TestQueriesInMemory(InMemory, QueriesContract): ...


class TestRetentionInMemory(InMemory, RetentionContract): ...


class TestKeyUsesInMemory(InMemory, KeyUsesContract): ...


class TestAuditChainInMemory(InMemory, AuditChainContract): ...


class TestSealedRowsInMemory(InMemory, SealedRowsContract): ...
