"""Does one fault under load, waits until all is quiet, and counts."""

import asyncio
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from tests.faults.cards import cards_left
from tests.faults.counting import Count, count
from tests.faults.memory import Memory
from tests.faults.program import Program
from tests.faults.scenario import Fault, Stage
from tests.faults.site import Site
from tests.faults.verifying import Verified, verify
from tests.faults.waiting import NotInTime, until

LIMIT_S = 300.0
DRAIN_S = 90.0
# What is due within the hour; expiries of holds and challenges are days away.
OWED = """
    SELECT (SELECT count(*) FROM operations WHERE status = 'open'),
           (SELECT count(*) FROM deliveries WHERE status = 'pending'),
           (SELECT count(*) FROM jobs WHERE due_at < now() + interval '1 hour' OR parked_at IS NOT NULL)
"""


@dataclass
class Row:
    """One line of the report."""

    fault: str
    words: str
    payments: int = 0
    in_flight: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    verified: int = 0  # rows at which `gateway verify` has looked
    seconds: float = 0.0
    drain_s: float | None = None
    events: int = 0
    repeated_events: int = 0
    heard: dict[str, int] = field(default_factory=dict)
    slowest_s: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    is_spent: bool = False  # the site is not as it was

    @property
    def passed(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def to_json(self) -> dict[str, Any]:
        return {"passed": self.passed, **asdict(self)}


async def run(site: Site, fault: Fault, *, drain_s: float = DRAIN_S) -> Row:
    """`drain_s`: within which all must be terminal once the fault is over."""
    stage, row, began = Stage(site, fault.name), Row(fault.name, fault.words), monotonic()
    try:
        async with asyncio.timeout(LIMIT_S), stage.ending:
            await _do(fault, stage, row, drain_s)
    except (NotInTime, TimeoutError, AssertionError) as broken:
        row.wrong.append(f"{type(broken).__name__}: {broken}")
    finally:
        await stage.close()
    row.in_flight, row.remarks, row.is_spent = stage.in_flight, stage.remarks, stage.is_spent
    row.wrong += stage.wrong
    row.wrong += [line for program in (*site.programs, *site.removed) for line in _misdeeds(program)]
    site.removed.clear()
    row.seconds = round(monotonic() - began, 1)
    return row


async def _do(fault: Fault, stage: Stage, row: Row, drain_s: float) -> None:
    await fault.act(stage)
    over_at = monotonic()
    await stage.trade.stop()
    if await _is_drained(stage.site, drain_s, row):
        row.drain_s = round(monotonic() - over_at, 1)
    memory = await stage.trade.repeat()
    for program in stage.extras:
        if program in stage.site.programs:
            await stage.site.remove(program)
    if row.drain_s is not None:
        await _is_drained(stage.site, drain_s, row)  # of what the repeats and the farewells have left
    stage.look_at(memory)
    _enter(row, memory, await count(stage.site, stage.trade, memory), await verify(stage.site))
    row.wrong += await cards_left(stage.site)


async def _is_drained(site: Site, within_s: float, row: Row) -> bool:
    """If not, the row says what is still owed; what is counted afterwards says whose."""
    owed: list[Any] = []

    async def is_quiet() -> bool:
        owed[:] = await site.sql(OWED)
        return owed == [(0, 0, 0)]

    try:
        await until(is_quiet, within_s, "all is terminal;", lambda: f"operations, deliveries, jobs: {owed}")
    except NotInTime as late:
        row.wrong.append(str(late))
        return False
    return True


def _enter(row: Row, memory: Memory, found: Count, verified: Verified) -> None:
    row.heard, row.slowest_s = dict(memory.troubles()), memory.slowest_s
    row.payments, row.events, row.repeated_events = found.payments, found.events, found.repeated_events
    row.lost, row.doubled = [*found.lost, *verified.lost], [*found.doubled, *verified.doubled]
    row.wrong += [*found.wrong, *verified.wrong]
    row.verified = verified.rows


def _misdeeds(program: Program) -> list[str]:
    """Ends of its own making, and what it logged as an error; each is told once."""
    endings = [f"{program.name} ended with {code}" for code in program.endings]
    program.endings.clear()
    complaints = [f"{program.name} logged: {line[:600]}" for line in program.complaints()]
    return endings + complaints[:3]
