"""A processor that charges and is silent, that errs, lies, crawls or is away; never two charges, never a guess."""

from typing import Any

from tests.faults.scenario import Stage, fault
from tests.faults.waiting import lasts, until

STRUCK_S, DOWN_S = 4.0, 60.0
HALF = {"probability": 0.5}
UNSETTLED = "SELECT count(*) FROM operations WHERE status = 'open' AND kind = 'authorize' AND created_at < %s"


async def _strikes(stage: Stage, *rules: dict[str, Any]) -> None:
    await stage.begin()
    await stage.site.faults(*rules)
    await lasts(STRUCK_S)
    await stage.strike()
    await stage.site.faults()


@fault("half of all calls charge, and are not answered in time")
async def processor_charges_and_is_silent(stage: Stage) -> None:
    await _strikes(stage, {"fault": "hang_after", **HALF})


@fault("half of all calls are not answered in time, and nothing is charged")
async def processor_is_silent(stage: Stage) -> None:
    await _strikes(stage, {"fault": "hang_before", **HALF})


@fault("half of all calls charge, and are answered with 500 or with an end of the connection")
async def processor_charges_and_errs(stage: Stage) -> None:
    await _strikes(
        stage, {"fault": "error_after", "probability": 0.3}, {"fault": "cut_after", "probability": 0.3}
    )


@fault("half of all calls charge, and their answers are garbled, cut short or of another type")
async def processor_garbles(stage: Stage) -> None:
    kinds = ("garbled", "cut_midway", "wrong_type")
    await _strikes(stage, *({"fault": kind, "probability": 0.2} for kind in kinds))


@fault("every call takes a second and a half of the two that it may, and some too long")
async def processor_crawls(stage: Stage) -> None:
    await _strikes(
        stage, {"fault": "slow", "delay_ms": 1_500}, {"fault": "slow", "delay_ms": 600, "probability": 0.3}
    )


@fault("every payment is declined")
async def processor_declines(stage: Stage) -> None:
    await stage.begin(begun=150, kinds={"declined": 1})
    await stage.strike()


@fault("a third of all charges is said to be declined, and reported as done later: given back")
async def processor_lies(stage: Stage) -> None:
    await stage.begin()
    await stage.site.faults({"fault": "says_declined", "calls": ["authorize"], "probability": 0.3})
    await lasts(STRUCK_S)
    await stage.strike()
    await stage.site.faults()
    [(now,)] = await stage.site.sql("SELECT now()")

    async def are_settled() -> bool:
        """Those that were lied about: one whose answer has not been written yet would not be reported."""
        return await stage.site.sql(UNSETTLED, now) == [(0,)]

    await until(are_settled, 30, "all that was asked so far is settled")
    declined = await stage.site.sql(
        "SELECT o.id FROM operations o JOIN payments p ON p.id = o.payment_id"
        " WHERE o.status = 'declined' AND o.code = 'processing_error' AND p.merchant_id = %s",
        stage.trade.merchant_id,
    )
    stage.remark(f"{len(declined)} charges turned out to be done after all")
    for (key,) in declined:
        await stage.site.report(key)


@fault("half of all calls charge and hang; callbacks come early, twice, or never")
async def processor_calls_back(stage: Stage) -> None:
    await stage.begin()
    rules = [{"fault": "hang_after", **HALF}, {"fault": "callback_early", "probability": 0.3},
             {"fault": "callback_twice", "probability": 0.5}]  # fmt: skip
    await stage.site.faults(*rules, calm=[])
    await lasts(STRUCK_S)
    await stage.strike()
    await stage.site.faults()


@fault(f"the processor is down for {DOWN_S:g} s; payments are accepted, and nobody else waits")
async def processor_down(stage: Stage) -> None:
    await stage.begin(kinds={"upi": 4, "refund": 1}, pause_s=3.0)
    await stage.strike()
    await stage.site.faults({"fault": "down"})
    before = await stage.trade.payments()
    await lasts(DOWN_S / 2)
    status, health = await stage.site.health()
    stage.expect((status, health["status"]) == (200, "healthy"), f"/health says {status} {health}")
    await _deliveries_go_on(stage)
    await lasts(DOWN_S / 2)
    accepted = await stage.trade.payments() - before
    stage.remark(f"{accepted} payments accepted meanwhile")
    stage.expect(accepted > 200, "payments were not accepted")
    await stage.strike()
    await stage.site.faults()


async def _deliveries_go_on(stage: Stage) -> None:
    """A payment's first events arrive while its processor is silent."""
    heard = len((await stage.site.box(stage.name))["events"])

    async def more() -> bool:
        return len((await stage.site.box(stage.name))["events"]) > heard + 10

    await until(more, 5, "events are delivered while the processor is down")
