"""A database in which everything is as it must be is found so, also while a gateway is at work on it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from core.domain.operation import Kind
from core.use_cases.verdict import Verdict
from tests.integration.postgres_databases import connect, empty, migrated
from tests.integration.verify_workload import a_shop, trade
from tests.unit.conftest import Shop


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def shop(url: str) -> AsyncIterator[Shop]:
    empty(url)
    async with a_shop(url) as shop:
        yield shop


async def verdict_on(shop: Shop) -> Verdict:
    verdict: Verdict = await shop.gateway.verify()()
    return verdict


async def test_payments_at_every_place_are_as_they_must_be(shop: Shop, url: str):
    await trade(shop)
    verdict = await verdict_on(shop)
    assert (verdict.differences, verdict.unread) == ([], [])
    with connect(url) as admin:
        rows = admin.execute("SELECT status, count(*) FROM payments GROUP BY status").fetchall()
        [counted] = admin.execute(
            "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM payments), (SELECT count(*) FROM events),"
            " (SELECT count(*) FROM jobs), (SELECT count(*) FROM simulator.lines)"
        ).fetchall()
    assert len(rows) == 6, "every status is among them"
    names = ("orders", "payments", "events", "jobs", "test book")
    assert tuple(verdict.checked[name] for name in names) == counted
