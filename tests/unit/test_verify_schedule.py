"""What the scheduler makes of the newest rows: a number for each rule."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from dependency_injector import providers
from prometheus_client import REGISTRY

from config.in_memory import in_memory
from core.use_cases.verdict import Verdict
from entrypoints import scheduler
from entrypoints.cli.listening import free_port
from entrypoints.metrics import DIFFERENCES, observe_differences
from entrypoints.scheduler import schedule
from ports.verification import Difference, Rule


@dataclass
class Verifier:
    """Finds what it was told to, and remembers what it was asked."""

    found: list[Difference] = field(default_factory=list)
    asked: list[tuple[datetime | None, bool]] = field(default_factory=list)

    async def __call__(self, *, since: datetime | None = None, books: bool = True) -> Verdict:
        self.asked.append((since, books))
        return Verdict(self.found, [], {}, [])


def gauge(rule: Rule) -> float | None:
    return REGISTRY.get_sample_value("gateway_invariant_differences", {"rule": rule})


@pytest.fixture
def verifier() -> Verifier:
    return Verifier([Difference(Rule.AMOUNTS, (f"pay_{number}",), "too much") for number in range(2)])


async def test_differences_are_counted_by_rule(verifier: Verifier, caplog: pytest.LogCaptureFixture):
    gateway = in_memory()
    gateway.verify.override(providers.Object(verifier))
    await observe_differences(gateway, 600)
    assert (gauge(Rule.AMOUNTS), gauge(Rule.BOOK_NET)) == (2, 0)
    assert verifier.asked == [(gateway.clock()() - timedelta(seconds=600), False)]
    assert [record.ids for record in caplog.records] == [("pay_0",), ("pay_1",)]  # type: ignore[attr-defined]  # what `extra=` added
    verifier.found.clear()
    await observe_differences(gateway, 600)
    assert gauge(Rule.AMOUNTS) == 0


@pytest.mark.parametrize(("settings", "looks"), [({}, True), ({"verify_interval_s": 0}, False)])
async def test_the_one_scheduler_that_leads_looks_from_time_to_time(
    settings: dict[str, Any], looks: bool, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scheduler, "RENEW_S", 0.01)
    gateway = in_memory(**{"metrics_port": free_port(), "verify_interval_s": 0.01, **settings})
    gateway.verify.override(providers.Object(verifier))
    stop = asyncio.Event()
    running = asyncio.create_task(schedule(gateway, stop))
    await asyncio.sleep(0.3)
    stop.set()
    await running
    assert bool(verifier.asked) is looks


async def test_who_does_not_lead_tells_nothing(verifier: Verifier, monkeypatch: pytest.MonkeyPatch):
    gateway = in_memory(metrics_port=free_port(), verify_interval_s=0.01)
    gateway.verify.override(providers.Object(verifier))
    await gateway.coordination().lead(scheduler.ROLE, "another", ttl_s=60)
    DIFFERENCES.labels(Rule.AMOUNTS).set(5)
    stop = asyncio.Event()
    running = asyncio.create_task(schedule(gateway, stop))
    await asyncio.sleep(0.1)
    stop.set()
    await running
    assert (verifier.asked, gauge(Rule.AMOUNTS)) == ([], None)
