"""What races on real PostgreSQL, with two API processes, again and again, each time a little differently.

`make races ROUNDS=300` runs more rounds than a usual test does; RACE_SEED shifts all of them.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest

from benchmarks.servers import Bench, running
from config.container import Gateway
from config.lifespan import opened
from config.settings import Settings
from core.domain.job import Lane, Ticket
from tests.integration.two_apis import TwoApis, upi

pytestmark = pytest.mark.xdist_group("processes")
ROUNDS = int(os.environ.get("RACE_ROUNDS", "8"))
SEED = int(os.environ.get("RACE_SEED", "0"))
TOLD = ["payment.created", "payment.pending", "payment.success", "order.paid"]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running("worker", "scheduler", apis=2, GATEWAY_SIMULATOR_BOOK="true") as bench:
        yield bench


@pytest.fixture
def worker_stopped(bench: Bench) -> Iterator[None]:
    os.kill(bench.pids["worker"], signal.SIGSTOP)
    yield
    os.kill(bench.pids["worker"], signal.SIGCONT)


@pytest.fixture
async def apis(bench: Bench) -> AsyncIterator[TwoApis]:
    apis = TwoApis(bench, SEED)
    yield apis
    await apis.aclose()


async def test_the_same_key_fifty_times_at_once_is_one_payment_and_fifty_equal_answers(apis: TwoApis):
    for _ in range(ROUNDS):
        order = await apis.order()
        answers = await apis.race(*[("/payments", upi(order))] * 50, key=f"fifty-{order}")
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) >= 49
        assert [payment["id"] for payment in await apis.payments_of(order)] == [answers[0].json()["id"]]


async def test_the_same_key_on_orders_makes_one_order(apis: TwoApis):
    for _ in range(ROUNDS):
        key = f"orders-{await apis.order()}"
        answers = await apis.race(*[("/orders", {"amount": 700})] * 50, key=key)
        assert Counter(answer.status_code for answer in answers) == {201: 50}
        assert len({answer.content for answer in answers}) == 1


async def test_one_key_with_two_different_requests_at_once_is_one_effect(apis: TwoApis):
    for _ in range(ROUNDS):
        order = await apis.order()
        requests = [("/payments", upi(order)), ("/payments", upi(order) | {"vpa": "ravi@okbank"})] * 10
        answers = await apis.race(*requests, key=f"two-{order}")
        assert Counter(answer.status_code for answer in answers) == {201: 10, 422: 10}
        assert len(await apis.payments_of(order)) == 1


@pytest.mark.usefixtures("worker_stopped")
async def test_of_ten_payments_of_one_order_at_once_one_is_accepted(apis: TwoApis):
    for _ in range(ROUNDS):
        order = await apis.order()
        answers = await apis.race(*[("/payments", upi(order))] * 10)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 9}
        reasons = {answer.json()["error"]["reason"] for answer in answers if answer.status_code == 400}
        assert reasons == {"payment_in_progress"}
        assert len(await apis.payments_of(order)) == 1


async def test_of_twenty_refunds_at_once_exactly_as_many_pass_as_fit(apis: TwoApis):
    for _ in range(ROUNDS):
        payment = await apis.paid()
        answers = await apis.race(*[(f"/payments/{payment}/refunds", {"amount": 6_000})] * 20)
        assert Counter(answer.status_code for answer in answers) == {201: 8, 400: 12}
        refused = {answer.json()["error"]["description"] for answer in answers if answer.status_code == 400}
        assert refused == {"Refund amount exceeds available amount"}


async def test_of_a_capture_and_a_void_at_once_one_happens(apis: TwoApis):
    for _ in range(ROUNDS):
        payment = await apis.held()
        capture, void = (
            (f"/payments/{payment}/capture", {"amount": 50_000}),
            (f"/payments/{payment}/void", None),
        )
        captured, voided = await apis.race(capture, void)
        assert sorted((captured.status_code, voided.status_code)) == [200, 400], (captured.text, voided.text)
        left = await apis.settled(payment)
        assert left["status"] == ("success" if captured.status_code == 200 else "voided")
        assert left["amount_captured"] == (50_000 if captured.status_code == 200 else 0)


@pytest.mark.usefixtures("worker_stopped")
async def test_of_two_workers_with_one_job_one_does_it(apis: TwoApis, bench: Bench):
    async with AsyncExitStack() as stack:
        url = bench.env["GATEWAY_DATABASE_URL"].replace("+psycopg", "")
        database = await stack.enter_async_context(
            await psycopg.AsyncConnection.connect(url, autocommit=True)
        )
        settings = Settings(**of_bench(bench))
        workers = [await stack.enter_async_context(opened(Gateway(settings=settings))) for _ in range(2)]
        for _ in range(ROUNDS):
            payment = await apis.pay()
            found = await database.execute(
                "SELECT j.id, j.lease FROM jobs j JOIN operations o ON o.id = j.target_id WHERE o.payment_id = %s",
                (payment,),
            )
            [(id, lease)] = await found.fetchall()
            tickets = [Ticket(id, lease, Lane.MONEY)]
            await asyncio.gather(*(worker.run_jobs()(tickets) for worker in workers for _ in range(2)))
            assert (await apis.get(f"/payments/{payment}"))["status"] == "success"
            told = await database.execute(
                "SELECT name FROM events WHERE payment_id = %s ORDER BY sequence", (payment,)
            )
            assert [name for (name,) in await told.fetchall()] == TOLD


def test_after_all_of_it_the_books_agree(bench: Bench):
    """Every invariant, and the processor's book against ours."""
    done = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", "verify"],
        env=bench.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def of_bench(bench: Bench) -> dict[str, Any]:
    """The settings that the processes under test were started with."""
    given = {name: value for name, value in bench.env.items() if name.startswith("GATEWAY_")}
    return {name.removeprefix("GATEWAY_").lower(): value for name, value in given.items()}
