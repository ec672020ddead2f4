"""Redis, which may be wiped, away, slow or full: the only cost is time."""

from time import monotonic

from tests.faults.scenario import CROWD, Stage, fault
from tests.faults.servers import commanding
from tests.faults.waiting import lasts, until

THOUSAND = 1_000
STOPPED_S, PAUSED_S, FULL_S = 20.0, 6.0, 8.0


@fault("FLUSHALL, and the scripts with it, with a thousand payments in flight")
async def redis_wiped(stage: Stage) -> None:
    for worker in stage.site.of("worker"):
        worker.pause()
    await stage.begin(
        begun=THOUSAND, limit=THOUSAND, follow=False, kinds={"upi": 4, "card": 1, "declined": 1}
    )
    await stage.strike()
    async with commanding(stage.site.valkey) as valkey:
        await valkey.flushall()
        await valkey.script_flush()
    for worker in stage.site.of("worker"):
        worker.resume()


@fault(f"Redis stopped for {STOPPED_S:g} s; payments are accepted meanwhile")
async def redis_stopped(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    before = await stage.trade.payments()
    await stage.site.valkey.stop()
    await _is_told(stage, 200, status="degraded", redis="disconnected", database="connected")
    await lasts(STOPPED_S)
    await _goes_on(stage, before)
    await stage.site.valkey.start()


@fault(f"CLIENT PAUSE for {PAUSED_S:g} s: connected, and silent")
async def redis_paused(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    before = await stage.trade.payments()
    async with commanding(stage.site.valkey) as valkey:
        await valkey.execute_command("CLIENT", "PAUSE", round(PAUSED_S * 1000), "ALL")
    await _is_told(stage, 200, status="degraded", redis="disconnected")
    await lasts(PAUSED_S)
    await _goes_on(stage, before)


@fault(f"Redis full for {FULL_S:g} s: maxmemory reached, noeviction")
async def redis_full(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    before = await stage.trade.payments()
    async with commanding(stage.site.valkey) as valkey:
        await valkey.config_set("maxmemory-policy", "noeviction")
        await valkey.config_set("maxmemory", 1)
        await lasts(FULL_S)
        await _is_told(stage, 200, status="degraded")
        await _goes_on(stage, before)
        await valkey.config_set("maxmemory", 0)


async def _is_told(stage: Stage, code: int, **wanted: str) -> None:
    """What /health says within a few seconds; each of its answers comes soon."""

    async def is_so() -> bool:
        began = monotonic()
        status, health = await stage.site.health()
        stage.expect(monotonic() - began < 3, f"/health took {monotonic() - began:.1f} s")
        return status == code and wanted.items() <= health.items()

    await until(is_so, 10, f"/health says {wanted}")


async def _goes_on(stage: Stage, before: int) -> None:
    accepted = await stage.trade.payments() - before
    stage.remark(f"{accepted} payments accepted meanwhile")
    stage.expect(accepted > 0, "no payment was accepted without Redis")
