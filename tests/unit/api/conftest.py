"""The API's contract over a gateway in memory."""

import pytest

from config.container import Gateway
from config.in_memory import in_memory
from tests.contracts.api.fixtures import (
    Later,
    api,
    client,
    endpoint,
    held,
    paid,
    work,
)

__all__ = ["api", "client", "endpoint", "held", "paid", "work"]


@pytest.fixture
def gateway() -> Gateway:
    return in_memory()


@pytest.fixture
def later(gateway: Gateway) -> Later:
    """Let so many seconds pass."""

    async def pass_time(seconds: float) -> None:
        gateway.clock().advance(seconds=seconds)

    return pass_time
