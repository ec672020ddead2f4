"""Workers that die at the worst moment."""

from tests.faults.program import Program
from tests.faults.scenario import Stage, fault
from tests.faults.waiting import until

HELD = """
    SELECT count(*) FROM jobs
    WHERE kind = 'process_operation' AND claimed_at < now() - interval '0.5 s' AND leased_until > now()
"""
DEATHS = 5


async def until_calls_hang(stage: Stage, calls: int) -> None:
    async def hang() -> bool:
        [(held,)] = await stage.site.sql(HELD)
        return bool(held >= calls)

    await until(hang, 10, f"{calls} calls hang at the processor")


@fault("nothing goes wrong: what the others are to be compared with")
async def calm(stage: Stage) -> None:
    await stage.begin(begun=200)
    await stage.strike()


@fault("kill -9 of a worker while the processor is being asked; half of the calls have charged already")
async def worker_killed_in_call(stage: Stage) -> None:
    await stage.begin()
    for silence in ("hang_after", "hang_before"):
        await stage.site.faults({"fault": silence})
        await until_calls_hang(stage, 5)
        await stage.strike()
        for worker in stage.site.of("worker"):
            worker.kill()
    await stage.site.faults()


@fault("kill -9 of a worker that has the processor's answer and has not written it down")
async def worker_killed_after_call(stage: Stage) -> None:
    worker = await stage.also("worker", planted={"FAULTS_DIE": "after_call:5"})
    await stage.begin()
    await until_died(stage, worker)


@fault("kill -9 of a worker between its commit and the announcement of what that made due")
async def worker_killed_after_commit(stage: Stage) -> None:
    worker = await stage.also("worker", planted={"FAULTS_DIE": "announcing:5"})
    await stage.begin()
    await until_died(stage, worker)


async def until_died(stage: Stage, program: Program) -> None:
    async def died() -> bool:
        return program.starts > 1

    await until(died, 30, f"{program.name} dies")
    await stage.strike()


@fault("kill -9 of a worker while receivers hold its deliveries")
async def worker_killed_in_delivery(stage: Stage) -> None:
    await stage.begin()
    await stage.site.box(stage.name, manner="hang")

    async def are_held() -> bool:
        return int((await stage.site.box(stage.name))["holding"]) >= 10

    await until(are_held, 10, "ten deliveries are held")
    await stage.strike()
    for worker in stage.site.of("worker"):
        worker.kill()
    await stage.site.box(stage.name, manner="ok")
