"""Loops that never die, leadership, and a gateway from open to closed, in memory."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers

from adapters.memory.clock import MemoryClock
from adapters.memory.coordination import MemoryCoordination
from adapters.memory.worker import receive
from config.in_memory import in_memory
from config.lifespan import opened
from config.settings import SettingsIncomplete
from core.domain.errors import Unavailable
from core.domain.job import Lane
from core.domain.payment import Payment, Status
from entrypoints import process, scheduler
from entrypoints.process import back_off_s, heartbeat, repeat
from entrypoints.scheduler import Leadership, schedule
from entrypoints.worker import work
from tests.unit.conftest import Shop

AWAY = Unavailable("queue_unavailable", "away")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "FIRST_BACK_OFF_S", 0.001)
    monkeypatch.setattr(process, "LAST_BACK_OFF_S", 0.002)


class Flaky:
    """Raises what it is given, then counts, then asks for the end."""

    def __init__(self, stop: asyncio.Event, *errors: Exception) -> None:
        self.stop, self.errors, self.runs = stop, list(errors), 0

    async def __call__(self) -> bool:
        if self.errors:
            raise self.errors.pop(0)
        self.runs += 1
        if self.runs == 3:
            self.stop.set()
        return False


@pytest.mark.parametrize("error", [AWAY, KeyError("a bug"), TimeoutError()])
async def test_a_loop_survives_whatever_is_raised(error: Exception) -> None:
    stop = asyncio.Event()
    action = Flaky(stop, error, error, error)
    async with asyncio.timeout(5):
        await repeat("test", action, 0.001, stop)
    assert action.runs == 3


async def test_an_absence_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "entrypoints.process")
    stop = asyncio.Event()
    turns = [AWAY, AWAY, None, AWAY, None, False, False]

    async def action() -> bool | None:
        turn = turns.pop(0)
        if not turns:
            stop.set()
        if isinstance(turn, Exception):
            raise turn
        return turn

    async with asyncio.timeout(5):
        await repeat("test", action, 0.001, stop)
    assert [record.message for record in caplog.records] == ["loop_waits", "loop_recovered"]


async def test_a_sleeping_loop_ends_at_once() -> None:
    stop = asyncio.Event()
    looping = asyncio.create_task(repeat("test", Flaky(asyncio.Event()), 3600, stop))
    await asyncio.sleep(0.01)
    stop.set()
    async with asyncio.timeout(1):
        await looping


async def test_a_loop_with_more_to_do_does_not_sleep() -> None:
    stop, runs = asyncio.Event(), 0

    async def action() -> bool:
        nonlocal runs
        runs += 1
        if runs == 100:
            stop.set()
        return True

    async with asyncio.timeout(1):
        await repeat("test", action, 3600, stop)


def test_back_off_grows_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert back_off_s(0) == 0
    assert [back_off_s(failures) for failures in (1, 2, 100)] == [0.2, 0.4, 2.0]


async def test_a_heart_stops_with_its_process() -> None:
    coordination, stop = MemoryCoordination(MemoryClock()), asyncio.Event()
    beating = asyncio.create_task(heartbeat(coordination, "worker", "w1", stop))
    await asyncio.sleep(0.01)
    assert await coordination.alive("worker") == 1
    stop.set()
    await beating
    assert await coordination.alive("worker") == 0


async def test_of_two_schedulers_one_leads_until_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MemoryClock()
    coordination = MemoryCoordination(clock)
    first, second = Leadership(coordination, "s1"), Leadership(coordination, "s2")
    for leadership in (first, second):
        await leadership.renew()
    assert (first.is_ours, second.is_ours) == (True, False)
    await coordination.leave(scheduler.ROLE, "s1")
    await second.renew()
    assert second.is_ours


async def test_leadership_lapses_by_itself_when_redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "LEAD_S", 0.02)
    leadership = Leadership(MemoryCoordination(MemoryClock()), "s1")
    await leadership.renew()
    assert leadership.is_ours
    await asyncio.sleep(0.03)
    assert not leadership.is_ours


class MemoryBroker:
    """What a lane's messages come from, in memory."""

    def __init__(self, gateway: Any, lane: Lane) -> None:
        self.queue, self.lane = gateway.job_queue(), lane

    async def shutdown(self) -> None: ...


async def receive_in_memory(broker: MemoryBroker, handler: Any, stop: asyncio.Event, **how: Any) -> None:
    await receive(broker.queue, broker.lane, handler, stop, **how)


async def test_worker_and_scheduler_do_what_is_owed_and_leave(shop: Shop) -> None:
    gateway, stop = shop.gateway, asyncio.Event()
    gateway.lane_broker.override(providers.Factory(MemoryBroker, gateway))
    gateway.receive.override(providers.Object(receive_in_memory))
    running = [asyncio.create_task(role(gateway, stop)) for role in (work, schedule)]
    payment = await shop.pay(await shop.order())
    async with asyncio.timeout(5):
        await paid(shop, payment)
        assert [await gateway.coordination().alive(role) for role in ("worker", "scheduler")] == [1, 1]
        stop.set()
        await asyncio.gather(*running)
    assert [await gateway.coordination().alive(role) for role in ("worker", "scheduler")] == [0, 0]


async def paid(shop: Shop, payment: Payment) -> None:
    while payment.status is not Status.SUCCESS:
        await asyncio.sleep(0.005)
        payment = await shop.see(payment)


async def test_a_gateway_in_memory_has_nothing_to_open() -> None:
    gateway = in_memory()
    before = gateway.clock()()
    async with opened(gateway, wait=False) as same:
        assert same is gateway
    assert gateway.clock()() == before


async def test_secrets_must_be_complete_from_the_start() -> None:
    with pytest.raises(SettingsIncomplete, match="GATEWAY_PEPPER"):
        async with opened(in_memory(pepper="short")):
            pass


class Queries:
    """A database that is not as it should be."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def ping(self) -> None:
        raise Unavailable(self.reason, "")


@pytest.mark.parametrize(
    ("reason", "wait", "starts"),
    [
        ("database_unavailable", True, True),
        ("database_unavailable", False, False),
        ("database_not_migrated", True, False),
    ],
)
async def test_a_database_may_be_away_but_not_without_tables(reason: str, wait: bool, starts: bool) -> None:
    gateway = in_memory()
    gateway.queries.override(providers.Object(Queries(reason)))
    if starts:
        async with opened(gateway, wait=wait):
            return
    with pytest.raises(Unavailable, match=r"^$") as refused:
        async with opened(gateway, wait=wait):
            pass
    assert refused.value.reason == reason


async def test_what_was_opened_is_closed_even_if_one_refuses() -> None:
    closed = []

    async def refuse() -> None:
        raise OSError("no")

    async def close() -> None:
        closed.append(1)

    gateway = in_memory()
    gateway.closers.override(providers.Object([refuse, close]))
    async with opened(gateway):
        pass
    assert closed == [1]


def test_who_serves_does_not_carry_what_migrates():
    """12 MB of each process."""
    found = "import sys, config.container as _; sys.exit('alembic' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", found], cwd=Path(__file__).parents[2], check=False).returncode
        == 0
    )
