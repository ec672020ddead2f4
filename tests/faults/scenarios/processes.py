"""Several of each process, processes that are told to end, that were asleep, or whose clock is wrong."""

from tests.faults.program import Program
from tests.faults.scenario import Stage, fault
from tests.faults.scenarios.workers import until_calls_hang
from tests.faults.waiting import lasts, until

GRACE_S = 15.0  # a call to the processor takes two seconds at most, a delivery too
OFF_S = 600


@fault(
    "two schedulers and three workers at once; each scheduler is killed, and some messages come three times"
)
async def many_processes(stage: Stage) -> None:
    for role in ("worker", "worker", "scheduler", "api"):
        await stage.also(role, FAULTS_REPEAT="3")
    await stage.begin()
    leader, other = stage.site.of("scheduler")[:2]
    for victim in (leader, other):
        await stage.strike()
        victim.kill()
        await lasts(2)


@fault("SIGTERM of every worker, scheduler and API under load, once its successor has started")
async def sigterm(stage: Stage) -> None:
    stage.is_spent = True
    olds = [program for role in ("worker", "scheduler", "api") for program in stage.site.of(role)]
    for old in olds:
        await stage.site.settled(await stage.site.add(old.name.partition("-")[0]))
    await stage.begin()
    for old in olds:
        await stage.strike()
        took_s = await stage.site.remove(old, within_s=GRACE_S)
        stage.remark(f"{old.name} ended {took_s:.1f} s after SIGTERM")


@fault("SIGTERM of a worker whose calls hang: it waits for them, and hands back what it cannot finish")
async def sigterm_in_call(stage: Stage) -> None:
    worker = await stage.also("worker")
    await stage.begin()
    await stage.site.faults({"fault": "hang_after"})
    await until_calls_hang(stage, 5)
    await stage.strike()
    took_s = await stage.site.remove(worker, within_s=GRACE_S)
    stage.remark(f"the worker ended {took_s:.1f} s after SIGTERM")
    await stage.site.faults()


@fault("a worker asleep for longer than its leases, with the processor's answers in hand; another took over")
async def worker_paused(stage: Stage) -> None:
    lease_s = float(stage.site.env["FAULTS_LEASE_S"])
    worker = await stage.also("worker")
    await stage.begin()
    await stage.site.faults({"fault": "slow", "delay_ms": 800})
    await until_calls_hang(stage, 3)
    worker.pause()
    await stage.strike()
    await stage.site.faults()
    await lasts(lease_s + 3)
    worker.resume()

    async def was_fenced() -> bool:
        return "lease_lost" in worker.log.read_text()

    await until(was_fenced, 15, "its work is refused, as another has taken it over")


@fault("the clocks of an API, a worker and a scheduler ten minutes fast or slow, beside right ones")
async def clocks_off(stage: Stage) -> None:
    for role, off_s in (("api", OFF_S), ("worker", -OFF_S), ("worker", OFF_S), ("scheduler", -OFF_S)):
        await stage.also(role, FAULTS_CLOCK_S=str(off_s))
    await stage.begin()
    _leave_to(stage, "scheduler")
    await lasts(3)
    await stage.strike()
    [(worst_s,)] = await stage.site.sql(
        "SELECT max(abs(extract(epoch FROM created_at - now()))) FROM payments WHERE merchant_id = %s",
        stage.trade.merchant_id,
    )
    stage.remark(f"the oldest payment is {worst_s:.1f} s old by the database's clock")
    stage.expect(worst_s < 60, f"a payment's time is {worst_s:.0f} s from the database's")


def _leave_to(stage: Stage, role: str) -> None:
    """The right one of that role dies, so that the other leads for a while."""
    right: Program = stage.site.of(role)[0]
    right.kill()
