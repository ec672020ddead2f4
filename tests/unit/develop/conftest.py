"""A world for each test, and none of the developer's own settings."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.develop.world import World, a_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "API_KEY", "API_SECRET", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"GATEWAY_{name}", raising=False)
