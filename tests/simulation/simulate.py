"""One seed, one history: build a world, let everybody do what they do, and look at what is left."""

import asyncio
import gc
import logging
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

from core.domain.event import Event
from core.domain.merchant import Mode
from core.domain.payment import Payment
from entrypoints import scheduler, worker
from tests.simulation.client import Client, Note
from tests.simulation.clocks import WorldClock
from tests.simulation.drain import calm_down, drain
from tests.simulation.history import History
from tests.simulation.invariants import differences, of_audit, of_jobs
from tests.simulation.loop import VirtualLoop
from tests.simulation.news import bring_news
from tests.simulation.office import Office
from tests.simulation.outcome import Figures, Outcome
from tests.simulation.profile import Profile
from tests.simulation.weather import SPAN_S, Weather
from tests.simulation.wiring import unwire
from tests.simulation.workload import Sale
from tests.simulation.world import World

MERCHANTS = 2
SENT_AGAIN = 10


def simulate(seed: int, *, profile: Profile | None = None, trace: bool = False) -> Outcome:
    began_s = time.process_time()
    loop = VirtualLoop()
    clock = WorldClock(loop)
    history = History(clock.seconds, is_kept=trace)
    profile = profile or Profile.draw(Random(f"profile {seed}"))
    history.tell("profile", repr(profile))
    world = World(loop, profile, seed, history, clock)
    with _quietly():
        try:
            wrong = loop.run(_live(world))
        except Exception as error:
            owed = [str(difference) for difference in of_jobs(world)]
            wrong = [*world.accusations, *owed, f"the history broke off: {error!r}"]
    unwire(world.gateways)
    wrong += loop.accidents
    rows = world.database.rows
    figures = Figures(
        world.requests, len(list(rows.all(Payment))), len(list(rows.all(Event))), world.shops.posts,
        history.length, loop.steps, time.process_time() - began_s,
    )  # fmt: skip
    return Outcome(seed, tuple(wrong), history.digest(), figures, tuple(history.lines))


async def _live(world: World) -> list[str]:
    world.begin()
    notebook: list[Note] = []
    news = asyncio.create_task(bring_news(world))
    try:
        merchants = [await _merchant(world, notebook, number) for number in range(MERCHANTS)]
        await _storm(world, notebook, merchants)
        await calm_down(world)
        await drain(world)
        return [*world.accusations, *differences(world, notebook), *await of_audit(world)]
    finally:
        news.cancel()
        world.is_over = True


async def _storm(world: World, notebook: list[Note], merchants: list[Client]) -> None:
    """Everybody at once, while everything may go wrong."""
    chance = Random(world.chance.getrandbits(64))
    shopper = Client(world, "shopper", "", (), notebook, _child(chance))
    offices = [Office(number, merchant, _child(chance)) for number, merchant in enumerate(merchants)]
    for office in offices:
        await office.open(chance.randint(0, 2))
    world.faults.begin(world.profile)
    sales = [
        Sale(number, chance.choice(merchants), shopper, _child(chance))
        for number in range(world.profile.sessions)
    ]
    begun = [_after(chance.uniform(0, SPAN_S / 2), sale.run()) for sale in sales]
    works = [office.run(chance.randint(0, 5)) for office in offices]
    await asyncio.gather(*begun, *works, Weather(world, _child(chance)).blow())
    for note in chance.sample(notebook, min(SENT_AGAIN, len(notebook))):
        await note.client.send_again(note)


async def _merchant(world: World, notebook: list[Note], number: int) -> Client:
    process = world.living("api")[0]
    while process.app is None:
        await asyncio.sleep(0.01)
    create = process.gateway.create_merchant()
    created = await process.spawn(create(f"Merchant {number}", f"owner{number}@shop.example"))
    key = created.keys[Mode.TEST]
    headers = ((b"x-api-key", key.id.encode()), (b"x-api-secret", key.secret.encode()))
    scope = f"{created.merchant.id}:test"
    return Client(world, f"merchant {number}", scope, headers, notebook, _child(world.chance))


async def _after(seconds: float, act: Coroutine[Any, Any, None]) -> None:
    await asyncio.sleep(seconds)
    await act


def _child(chance: Random) -> Random:
    """A source of its own, so that what one does leaves the others' draws alone."""
    return Random(chance.getrandbits(64))


@contextmanager
def _quietly() -> Iterator[None]:
    """Without logs, without collecting garbage halfway, and with the loop's time where a process reads its own."""
    disabled, had_gc = logging.root.manager.disable, gc.isenabled()
    logging.disable()
    gc.disable()
    try:
        with (
            patch.object(scheduler, "monotonic", lambda: asyncio.get_running_loop().time()),
            patch.object(worker, "calm_collector"),  # it would keep every history's garbage for ever
        ):
            yield
    finally:
        logging.disable(disabled)
        if had_gc:
            gc.enable()
