"""PostgreSQL away, restarted, paused or out of connections: a clean 503 in time, and recovery by itself."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from time import monotonic

import psycopg

from tests.faults.scenario import CROWD, Stage, fault
from tests.faults.servers import connected
from tests.faults.waiting import lasts, until

ANSWER_S = 3.0  # two, and what a busy machine takes to notice
PAUSED_S, DOWN_S, STARVED_S = 10.0, 3.0, 4.0
CROWD_OF_LISTS = 60
OURS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gateway'"


@fault(f"PostgreSQL restarted under load, away for {DOWN_S:g} s")
async def postgres_restarted(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    await stage.site.postgres.stop()
    await _is_told(stage)
    await lasts(DOWN_S)
    await stage.site.postgres.start()
    await _recovers(stage)


@fault("PostgreSQL killed with -9 under load, and started again")
async def postgres_killed(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    await stage.site.postgres.kill()
    await stage.site.postgres.start()
    await _recovers(stage)


@fault("all connections to PostgreSQL terminated, ten times within three seconds")
async def connections_terminated(stage: Stage) -> None:
    await stage.begin(**CROWD)
    for _ in range(10):
        await stage.strike()
        await stage.site.sql(OURS)
        await lasts(0.3)
    await _recovers(stage)


@fault(f"PostgreSQL paused for {PAUSED_S:g} s: connected, and silent")
async def postgres_paused(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    async with stage.site.postgres.paused():
        await _is_told(stage)
        await lasts(PAUSED_S)
    await _recovers(stage)


@fault(f"PostgreSQL out of connections for {STARVED_S:g} s, just when ours were terminated")
async def connections_exhausted(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    async with connected(stage.site.postgres) as admin, AsyncExitStack() as taken:
        while (
            await admin.execute(OURS.encode())
        ).rowcount:  # some were quicker than we in taking what was freed
            await _take_all(stage, taken)
        await _is_told(stage)
        await lasts(STARVED_S)
    await _recovers(stage)


@fault(
    f"a table locked for {STARVED_S:g} s, and {CROWD_OF_LISTS} lists of it asked for, until the pool is exhausted"
)
async def pool_exhausted(stage: Stage) -> None:
    await stage.begin(**CROWD)
    await stage.strike()
    async with connected(stage.site.postgres) as admin, admin.transaction():
        await admin.execute("LOCK TABLE payments IN ACCESS EXCLUSIVE MODE")
        asked = await asyncio.gather(*(_list(stage) for _ in range(CROWD_OF_LISTS)))
        await lasts(STARVED_S)
    heard, slowest_s = Counter(status for status, _ in asked), max(took_s for _, took_s in asked)
    stage.remark(f"lists were told {dict(heard)} within {slowest_s:.1f} s")
    stage.expect(heard.keys() <= {409, 503} and heard[503] > 0, f"lists were told {dict(heard)}")
    stage.expect(slowest_s <= ANSWER_S, f"a list took {slowest_s:.1f} s")
    await _recovers(stage)


async def _list(stage: Stage) -> tuple[int, float]:
    """Its status, and the seconds it took."""
    began = monotonic()
    url = f"http://127.0.0.1:{stage.site.any_port}/api/v1/payments"
    answer = await stage.site.web.get(url, headers=stage.trade.headers)
    return answer.status_code, monotonic() - began


async def _take_all(stage: Stage, taken: AsyncExitStack) -> None:
    url = stage.site.postgres.url.replace("+psycopg", "")
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        except psycopg.OperationalError:
            return
        taken.push_async_callback(connection.close)


async def _is_told(stage: Stage) -> None:
    """/health says so, in time; and so, while it lasts, is the merchant, who repeats with the same key."""
    stage.told_within_s = ANSWER_S

    async def says_so() -> bool:
        began = monotonic()
        status, health = await stage.site.health()
        took_s = monotonic() - began
        stage.expect(took_s < ANSWER_S, f"/health took {took_s:.1f} s")
        return status == 503 and health["database"] == "disconnected"

    await until(says_so, 6, "/health says that the database is away")


async def _recovers(stage: Stage) -> None:
    before = await stage.trade.payments()

    async def goes_on() -> bool:
        return await stage.trade.payments() > before

    took_s = await until(goes_on, 10, "payments are accepted again")
    stage.remark(f"accepts payments again {took_s:.1f} s later")
