"""Both stores under the one unit of work, with their jobs and queries."""

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.key_uses import MemoryKeyUses
from adapters.memory.queries import MemoryQueries
from adapters.memory.store import MemoryStore
from tests.contracts.jobs import JobsContract
from tests.contracts.key_uses import KeyUsesContract
from tests.contracts.queries import QueriesContract
from tests.contracts.unit_of_work import UnitOfWorkContract


class MemoryBackend:
    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.store = MemoryStore(self.clock)
        self.jobs = self.store.jobs
        self.queries = MemoryQueries(self.store, self.clock)
        self.key_uses = MemoryKeyUses()

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)


class InMemory:
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend()


class TestUnitOfWorkInMemory(InMemory, UnitOfWorkContract): ...


class TestJobsInMemory(InMemory, JobsContract): ...


class TestQueriesInMemory(InMemory, QueriesContract): ...


class TestKeyUsesInMemory(InMemory, KeyUsesContract): ...
