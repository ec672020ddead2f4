"""Both stores under the one unit of work."""

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.store import MemoryStore
from tests.contracts.unit_of_work import UnitOfWorkContract


class MemoryBackend:
    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.store = MemoryStore(self.clock)
        self.jobs = self.store.jobs

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)


class TestInMemory(UnitOfWorkContract):
    @pytest.fixture
    def backend(self) -> MemoryBackend:
        return MemoryBackend()
