"""A few of the faults of `make faults` with every test: one site, real processes, everything counted after each."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.run import run
from tests.faults.scenarios import faults
from tests.faults.site import Site, a_site

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

LEASE_S = 4.0  # what died is taken over that soon
SHORT = (
    "worker-killed-after-call",
    "api-killed-after-commit",
    "commit-cut",
    "redis-wiped",
    "processor-charges-and-errs",
)
FAULTS = {fault.name: fault for fault in faults()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with a_site(lease_s=LEASE_S) as site:
        yield site


@pytest.mark.parametrize("name", SHORT)
async def test_nothing_is_lost_and_nothing_done_twice(site: Site, name: str) -> None:
    row = await run(site, FAULTS[name])
    assert (row.lost, row.doubled, row.wrong) == ([], [], [])
    assert row.verified > row.payments > 0
