"""All of it together, in an order that a seed has drawn."""

import random
from collections.abc import Awaitable, Callable

from tests.faults.scenario import CROWD, Stage, fault
from tests.faults.scenarios.database import OURS
from tests.faults.servers import commanding
from tests.faults.waiting import lasts, until

SEED, STRIKES, PAUSE_S = 7, 16, (0.3, 1.5)


@fault(f"{STRIKES} of these faults within {STRIKES * sum(PAUSE_S) / 2:g} s, while those before still last")
async def everything_at_once(stage: Stage) -> None:
    for role in ("worker", "scheduler"):
        await stage.also(role)
    await stage.begin(**CROWD)
    chance = random.Random(SEED)
    for _ in range(STRIKES):
        strike = chance.choice(STRIKES_BY_CHANCE)
        await strike(stage)
        await stage.strike()
        await lasts(chance.uniform(*PAUSE_S))
    await stage.site.faults()
    await stage.site.box(stage.name, manner="ok")
    await until(stage.site.is_up, 30, "everything is up again")


def _kill(role: str) -> Callable[[Stage], Awaitable[None]]:
    async def kill(stage: Stage) -> None:
        stage.site.of(role)[0].kill()

    return kill


async def _wipe_redis(stage: Stage) -> None:
    async with commanding(stage.site.valkey) as valkey:
        await valkey.flushall()


async def _restart_redis(stage: Stage) -> None:
    await stage.site.valkey.kill()
    await stage.site.valkey.start()


async def _restart_postgres(stage: Stage) -> None:
    await stage.site.postgres.kill()
    await stage.site.postgres.start()


async def _terminate_connections(stage: Stage) -> None:
    await stage.site.sql(OURS)


async def _processor_charges_and_is_silent(stage: Stage) -> None:
    await stage.site.faults({"fault": "hang_after", "probability": 0.3})


async def _processor_errs(stage: Stage) -> None:
    kinds = ("error_after", "error_before", "garbled")
    await stage.site.faults(*({"fault": kind, "probability": 0.2} for kind in kinds))


async def _receiver_errs(stage: Stage) -> None:
    await stage.site.box(stage.name, manner="error")


async def _receiver_answers(stage: Stage) -> None:
    await stage.site.box(stage.name, manner="ok")


STRIKES_BY_CHANCE: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    _kill("api"), _kill("worker"), _kill("scheduler"), _wipe_redis, _restart_redis, _restart_postgres,
    _terminate_connections, _processor_charges_and_is_silent, _processor_errs, _receiver_errs, _receiver_answers,
)  # fmt: skip
