"""The faults stop, and time goes on until nothing is owed any more."""

import asyncio
from datetime import datetime

from core.domain.job import Lane
from tests.simulation.profile import DAY, HOUR
from tests.simulation.world import World

TICK_S = 1.1  # in which every loop of a scheduler comes round once
FIRST_STRIDE_S, STRIDE_GROWS = 5.0, 1.6
MAX_ROUNDS = 600
LONGEST_S = 12 * DAY


async def calm_down(world: World) -> None:
    """Every server is back, every process runs, and whoever was dead begins anew."""
    world.tell("weather", "the faults stop")
    world.is_calm = True
    world.faults.stop()
    world.shops.calm_down()
    for server in (world.database, world.redis, world.bank, world.shops):
        server.back()
    while (
        any(not process.runs for process in world.processes)
        or len(world.processes) < 4 + world.profile.workers
    ):
        await asyncio.sleep(TICK_S)


async def drain(world: World) -> None:
    """Skip from one due time to the next; never past a call that is under way."""
    began, stride_s = world.clock.seconds(), FIRST_STRIDE_S
    for _ in range(MAX_ROUNDS):
        await asyncio.sleep(TICK_S)
        while not await _is_quiet(world):
            await asyncio.sleep(0.1)
        await _replay_parked(world)
        next_at = _next_at(world)
        if next_at is None or world.clock.seconds() - began > LONGEST_S:
            break
        wait_s = (next_at - world.clock()).total_seconds()
        if wait_s > 0:
            world.clock.skip(max(wait_s, min(stride_s, HOUR)))
            stride_s *= STRIDE_GROWS
    world.tell("weather", f"quiet after {world.clock.seconds() - began:.0f} s")


async def _is_quiet(world: World) -> bool:
    """Nobody waits for an answer, and nothing waits for a worker."""
    calls = sum(process.in_flight for process in world.processes) + world.effects_to_come
    return not calls and not any([await world.redis.queue.length(lane) for lane in Lane])


def _next_at(world: World) -> datetime | None:
    """When something is due next; None when nothing is owed."""
    owed = [max(row.due_at, row.leased_until or row.due_at) for row in world.database.jobs.rows.values()]
    news = world.processor.next_at()
    return min([*owed, *([news] if news else [])], default=None)


async def _replay_parked(world: World) -> None:
    """As an operator does who has seen them."""
    parked = [row.job.id for row in world.database.jobs.rows.values() if row.parked_at]
    if parked:
        world.tell("operator", f"sets {len(parked)} parked jobs going again")
        await world.database.jobs.replay(parked)
