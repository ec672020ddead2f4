"""APIs that die before they have answered, and database connections that break at COMMIT."""

from collections.abc import Sequence

from tests.faults.scenario import Stage, fault
from tests.faults.scenarios.workers import until_died
from tests.faults.waiting import lasts, until
from tests.integration.proxy import Fault, proxied

COMMIT = b"commit\0"  # the name under which the statement goes over the wire
ROUNDS = 3


@fault("kill -9 of an API between its commit and its answer, which nobody announces either")
async def api_killed_after_commit(stage: Stage) -> None:
    api = await stage.also("api", planted={"FAULTS_DIE": "announcing:20"})
    await stage.begin(begun=10)
    await until_died(stage, api)


@fault("kill -9 of every API, three times, at no moment in particular")
async def api_killed(stage: Stage) -> None:
    await stage.begin()
    for _ in range(ROUNDS):
        await stage.strike()
        for api in stage.site.of("api"):
            api.kill()
        await until(stage.site.is_up, 30, "the APIs are back")
        await lasts(0.5)


@fault("connections to PostgreSQL cut at COMMIT, before it arrives and after")
async def commit_cut(stage: Stage) -> None:
    await _break_commits(stage, (Fault.CUT_BEFORE, Fault.CUT_AFTER))


@fault("connections to PostgreSQL frozen at COMMIT, before it arrives and after; nobody is told")
async def commit_frozen(stage: Stage) -> None:
    await _break_commits(stage, (Fault.FREEZE_BEFORE, Fault.FREEZE_AFTER))


async def _break_commits(stage: Stage, faults: Sequence[Fault]) -> None:
    """Those of one API and one worker, which reach PostgreSQL through a proxy each."""
    proxies = []
    for role in ("api", "worker"):
        proxy, through = await stage.ending.enter_async_context(proxied(stage.site.postgres.url))
        await stage.also(role, GATEWAY_DATABASE_URL=through)
        proxies.append(proxy)
    await stage.begin()
    for round_ in range(ROUNDS * len(faults)):
        for proxy in proxies:
            proxy.break_at(COMMIT, faults[round_ % len(faults)])

        async def have_struck() -> bool:
            return all(proxy.faults > round_ for proxy in proxies)  # noqa: B023 - awaited in this very round

        await stage.strike()
        await until(have_struck, 20, "a COMMIT of each comes by")
        await lasts(0.3)
