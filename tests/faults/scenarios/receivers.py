"""Receivers that err or hang: every event arrives in the end, and the healthy ones are told meanwhile."""

from datetime import datetime

from tests.faults.scenario import Stage, fault
from tests.faults.waiting import lasts, until

ERRS_S, ALONE_S, BESIDE_S = 3.0, 4.0, 10.0
SLOW_S = 2.0  # what the hanging one takes to be given up; a busy machine takes a part of that by itself


@fault(f"a receiver that answers 500 for {ERRS_S:g} s, and 204 again")
async def receiver_errs(stage: Stage) -> None:
    await stage.begin()
    await stage.site.box(stage.name, manner="error")
    await stage.strike()
    await lasts(ERRS_S)
    await stage.site.box(stage.name, manner="ok")
    [(again,)] = await stage.site.sql(
        "SELECT count(*) FROM deliveries d JOIN events e ON e.id = d.event_id"
        " WHERE d.status = 'pending' AND d.attempts > 0 AND e.merchant_id = %s", stage.trade.merchant_id,
    )  # fmt: skip
    stage.remark(f"{again} deliveries wait for another attempt")
    stage.expect(again > 0, "no delivery has failed")


@fault("a receiver that answers 410: its endpoint is disabled, enabled again, and told what it has missed")
async def receiver_gone(stage: Stage) -> None:
    [(since,)] = await stage.site.sql(
        "SELECT now()"
    )  # what was under way when it went is older than that moment
    await stage.begin()
    endpoint_id = stage.trade.boxes[stage.name]
    await stage.site.box(stage.name, manner="gone")

    async def is_disabled() -> bool:
        return await stage.site.sql("SELECT disabled_reason FROM endpoints WHERE id = %s", endpoint_id) == [
            ("gone",)
        ]

    await until(is_disabled, 10, "the endpoint is disabled")
    await stage.strike()
    await lasts(ERRS_S)
    await stage.site.box(stage.name, manner="ok")
    replay_id = await stage.trade.recover(stage.name, since)

    async def has_ended() -> bool:
        return (await stage.trade.ask("GET", f"webhook_replays/{replay_id}"))["status"] == "finished"

    await until(has_ended, 30, "the replay has ended")
    replayed = (await stage.trade.ask("GET", f"webhook_replays/{replay_id}"))["replayed"]
    stage.remark(f"{replayed} events replayed")
    stage.expect(replayed > 0, "nothing was replayed")


@fault("an endpoint that hangs, with hundreds of events owed to it, beside a healthy one")
async def receiver_hangs(stage: Stage) -> None:
    await stage.begin(kinds={"upi": 1}, pause_s=1.5)
    await lasts(ALONE_S)
    dead = f"{stage.name}-dead"
    await stage.trade.listen(dead)
    await stage.site.box(dead, manner="hang")
    [(since,)] = await stage.site.sql("SELECT now()")
    await lasts(BESIDE_S)
    await stage.strike()
    [(owed,)] = await stage.site.sql("SELECT count(*) FROM deliveries WHERE status = 'pending'")
    late = await _latencies_s(stage, since)
    p50_s, p99_s = late[len(late) // 2], late[len(late) * 99 // 100]
    stage.remark(
        f"{owed} deliveries owed; the healthy one's p50 {p50_s * 1000:.0f} ms, p99 {p99_s * 1000:.0f} ms"
    )
    stage.expect(p50_s < SLOW_S, f"the healthy one waits: p50 {p50_s:.1f} s")
    await stage.site.box(dead, manner="ok")


async def _latencies_s(stage: Stage, since: datetime) -> list[float]:
    """From each event to its arrival; of one that has not arrived, how long it has been waited for."""
    books = (await stage.site.box(stage.name))["events"]
    made = await stage.site.sql(
        "SELECT id, extract(epoch FROM created_at)::float, extract(epoch FROM now())::float FROM events"
        " WHERE merchant_id = %s AND created_at > %s",
        stage.trade.merchant_id, since,
    )  # fmt: skip
    return sorted((books[id]["first_at"] if id in books else now_s) - made_s for id, made_s, now_s in made)
