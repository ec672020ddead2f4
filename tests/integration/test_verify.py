"""A database in which everything is as it must be is found so, also while a gateway is at work on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from core.domain.operation import Kind
from core.domain.payment import Payment
from core.use_cases.verdict import Verdict
from ports.verification import Rule
from tests.integration.postgres_databases import connect, migrated
from tests.integration.verify_workload import a_shop, trade
from tests.unit.conftest import Shop


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def shop(url: str) -> AsyncIterator[Shop]:
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


async def test_a_gateway_at_work_is_never_wronged(shop: Shop):
    """Each span sees one moment, so that nothing half done is taken for a difference."""
    stop = asyncio.Event()

    async def sell() -> None:
        while not stop.is_set():
            payments = [await shop.pay(await shop.order()) for _ in range(8)]
            await shop.work()
            for payment in payments:
                await shop.ask(payment, Kind.REFUND, 10_000)
            await shop.work()

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(sell())
        while (verdict := await verdict_on(shop)).checked["payments"] < 48:
            assert verdict.differences == []
        stop.set()


async def _begun(shop: Shop) -> Payment:
    return await shop.pay(await shop.order())


async def test_a_book_that_has_to_be_sent_is_held_against_the_rows_as_well(shop: Shop, url: str):
    await trade(shop)
    verify = replace(shop.gateway.verify(), own_book=None)
    clean = await verify()
    assert clean.differences == []
    with connect(url) as admin:
        admin.execute("UPDATE operations SET settled_at = settled_at - interval '1 h'")
        [refund] = admin.execute(
            "DELETE FROM simulator.lines WHERE key = (SELECT max(id) FROM operations WHERE status = 'approved'"
            " AND kind = 'refund' AND cause = 'requested') RETURNING key"
        ).fetchone()
        [payment] = admin.execute("SELECT payment_id FROM operations WHERE id = %s", [refund]).fetchone()
    verdict = await verify()
    assert [(found.rule, found.ids) for found in verdict.differences] == [(Rule.BOOK_NET, (payment,))]
    assert verdict.checked["test book"] == clean.checked["test book"] - 1


async def test_only_what_was_made_since_is_looked_at(shop: Shop):
    await shop.paid()
    await asyncio.sleep(0.05)
    since = shop.gateway.clock()()
    await asyncio.sleep(0.05)
    for _ in range(2):
        await shop.paid()
    verdict = await shop.gateway.verify()(since=since)
    assert {name: verdict.checked[name] for name in ("orders", "payments", "events", "test book")} == {
        "orders": 2, "payments": 2, "events": 8, "test book": 2,
    }  # fmt: skip
    assert "keys" not in verdict.checked


async def test_large_tables_take_many_spans(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    await trade(shop)
    whole = await verdict_on(shop)
    for name, rows in (("verify.SPAN_ROWS", 5), ("verify.EVENT_ROWS", 7), ("compare_book.SPAN_ROWS", 3)):
        monkeypatch.setattr(f"core.use_cases.{name}", rows)
    assert await verdict_on(shop) == whole
