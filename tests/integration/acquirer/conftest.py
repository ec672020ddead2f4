"""An acquirer that misbehaves on demand, and the adapter that must live with it."""

from collections.abc import AsyncIterator

import pytest

from adapters.acquirer.processor import AcquirerProcessor
from adapters.memory.clock import MemoryClock
from tests.factories import NOW
from tests.integration.acquirer.service import Service, acquirer_service, speaking_to


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
async def acquirer(clock: MemoryClock) -> AsyncIterator[Service]:
    async with acquirer_service(clock) as service:
        yield service


@pytest.fixture
async def processor(acquirer: Service) -> AsyncIterator[AcquirerProcessor]:
    async with speaking_to(acquirer.url, timeout_s=0.4) as processor:
        yield processor
