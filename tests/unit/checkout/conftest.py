"""The gateway in memory, and its API as a merchant and as a browser see it."""

import pytest

from config.container import Gateway
from config.in_memory import in_memory
from tests.contracts.api.fixtures import api, client

__all__ = ["api", "client"]


@pytest.fixture
def gateway() -> Gateway:
    return in_memory(public_url="https://pay.example")
