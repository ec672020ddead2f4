"""What the processor says by itself: early, twice, days later, and again until somebody has taken it."""

import asyncio
from datetime import timedelta
from typing import Any

from core.domain.job import JobKind
from ports.persistence import Transaction
from tests.simulation.world import World

EVERY_S = 1.0
AGAIN = timedelta(seconds=20)


async def bring_news(world: World) -> None:
    """For as long as the history lasts. News write no outcome: they make an asking due."""
    while True:
        await asyncio.sleep(EVERY_S)
        world.processor.turn()
        now = world.clock()
        due = [(at, id) for at, id in world.processor.news if at <= now]
        world.processor.news = [(at, id) for at, id in world.processor.news if at > now]
        for _, id in due:
            if not await _bring(world, id):
                world.processor.news.append((now + AGAIN, id))


async def _bring(world: World, operation_id: str) -> bool:
    """Whether a process of the gateway has taken it."""
    open_ = [process for process in world.living("api") if process.app is not None]
    if not open_:
        return False
    process = world.chance.choice(open_)
    task = process.spawn(_take(process.gateway, operation_id))
    task.add_done_callback(_forget_failure)  # of one that goes on alone after we have stopped waiting for it
    await asyncio.wait({task, process.death}, return_when=asyncio.FIRST_COMPLETED)
    is_taken = task.done() and not task.cancelled() and task.exception() is None
    world.tell("processor", f"has news of {operation_id}" + ("" if is_taken else ", which nobody takes"))
    return is_taken


async def _take(gateway: Any, operation_id: str) -> None:
    async def block(tx: Transaction) -> None:
        tx.jobs.put(JobKind.FIND_OPERATION, operation_id)

    await gateway.uow().run(block)


def _forget_failure(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()
