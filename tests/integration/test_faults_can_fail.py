"""The harness of `make faults` finds what is planted: lost, doubled and altered payments are reported as such."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.merchant import GOOD
from tests.faults.run import DRAIN_S, Row, run
from tests.faults.scenario import Act, Fault, Stage
from tests.faults.site import Site, a_site
from tests.faults.waiting import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

ENOUGH_S = 6.0  # to finish all but what nobody knows of any more


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with a_site(lease_s=4.0) as site:
        yield site


async def what_is_found(site: Site, act: Act, drain_s: float = DRAIN_S) -> Row:
    row = await run(site, Fault(act.__name__.replace("_", "-"), "planted", act), drain_s=drain_s)
    assert not row.passed
    return row


async def test_a_row_that_was_changed_by_hand(site: Site) -> None:
    changed: list[str] = []

    async def a_success_turned_into_a_failure(stage: Stage) -> None:
        await stage.begin(kinds={"upi": 1}, follow=False, limit=40)
        await until(lambda: _none_is_open(stage), 30, "all are paid")
        [(id,)] = await site.sql(
            "UPDATE payments SET status = 'failed', amount_captured = 0 WHERE id ="
            " (SELECT min(id) FROM payments WHERE merchant_id = %s AND status = 'success') RETURNING id",
            stage.trade.merchant_id,
        )
        changed.append(id)
        await site.sql(
            "UPDATE orders SET receipt = %s WHERE id = (SELECT order_id FROM payments WHERE id = %s)",
            GOOD,
            id,
        )

    row = await what_is_found(site, a_success_turned_into_a_failure)
    [book] = [line for line in row.wrong if "the processor holds" in line]
    assert changed[0] in book
    for rule in ("status", "events_named"):
        assert any(line.startswith(f"verify: {rule} {changed[0]}: ") for line in row.wrong)
    assert "(5) 1 rows of orders have a card number in them" in row.wrong


async def test_a_worker_that_asks_again_under_another_key(site: Site) -> None:
    async def keys_forgotten(stage: Stage) -> None:
        for worker in site.of("worker"):
            await site.remove(worker)
        await stage.also("worker", FAULTS_BUG="forgets_keys")
        await site.faults({"fault": "error_after", "next": 5})
        await stage.begin(kinds={"upi": 1}, follow=False, limit=40)

    row = await what_is_found(site, keys_forgotten)
    assert any(line.startswith("verify: book_line") for line in row.doubled)
    assert any("money of which we know nothing" in line for line in row.doubled)
    assert not row.lost


async def test_work_that_was_forgotten(site: Site) -> None:
    forgotten: list[str] = []

    async def a_job_removed(stage: Stage) -> None:
        for worker in site.of("worker"):
            worker.pause()
        await stage.begin(kinds={"upi": 1}, follow=False, limit=40)
        [(id,)] = await site.sql(
            "DELETE FROM jobs WHERE id = (SELECT min(id) FROM jobs WHERE kind = 'process_operation')"
            " RETURNING target_id"
        )
        forgotten.append(id)
        for worker in site.of("worker"):
            worker.resume()

    row = await what_is_found(site, a_job_removed, ENOUGH_S)
    assert row.drain_s is None
    assert [line for line in row.lost if line.startswith(f"(6) {forgotten[0]}: ")]
    assert [line for line in row.lost if line.startswith("verify: operation_job ") and forgotten[0] in line]


async def _none_is_open(stage: Stage) -> bool:
    return await stage.site.open_operations() == 0
