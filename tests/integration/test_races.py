"""What races on real PostgreSQL, with two API processes and no worker."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from benchmarks.servers import Bench, running

pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running("worker", "scheduler", apis=2) as bench:
        yield bench


@pytest.fixture
def worker_stopped(bench: Bench) -> Iterator[None]:
    os.kill(bench.pids["worker"], signal.SIGSTOP)
    yield
    os.kill(bench.pids["worker"], signal.SIGCONT)


class TwoApis:
    """Sends its requests to both processes in turn, all at once."""

    def __init__(self, bench: Bench) -> None:
        limits = httpx2.Limits(max_connections=60)
        self.clients = [
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}/api/v1", headers=bench.headers, limits=limits
            )
            for port in bench.ports
        ]

    async def post(self, path: str, body: dict[str, Any], key: str | None = None) -> httpx2.Response:
        return await self.clients[0].post(path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def at_once(
        self, path: str, bodies: list[dict[str, Any]], key: str | None = None
    ) -> list[httpx2.Response]:
        headers = {"Idempotency-Key": key} if key else {}

        async def ask(client: httpx2.AsyncClient, body: dict[str, Any]) -> httpx2.Response:
            """Again while it is busy, as clients do: on a slow machine not all get their turn in time."""
            while (answer := await client.post(path, json=body, headers=headers)).status_code == 409:
                pass
            return answer

        return await asyncio.gather(*(ask(self.clients[i % 2], body) for i, body in enumerate(bodies)))

    async def order(self, **fields: Any) -> str:
        return (await self.post("/orders", {"amount": 50_000} | fields)).json()["id"]

    async def paid(self) -> str:
        payment = (await self.post("/payments", upi(await self.order()))).json()
        async with asyncio.timeout(20):
            while payment["status"] == "pending":
                await asyncio.sleep(0.02)
                payment = (await self.clients[0].get(f"/payments/{payment['id']}")).json()
        assert payment["status"] == "success", payment
        return payment["id"]

    async def payments_of(self, order_id: str) -> list[dict[str, Any]]:
        return (await self.clients[1].get(f"/orders/{order_id}/payments")).json()["data"]


@pytest.fixture
async def apis(bench: Bench):
    apis = TwoApis(bench)
    yield apis
    for client in apis.clients:
        await client.aclose()


def upi(order_id: str) -> dict[str, Any]:
    return {"order_id": order_id, "method": "upi", "vpa": "asha@okbank"}


@pytest.mark.parametrize("round", range(5))
async def test_the_same_key_fifty_times_at_once_is_one_payment_and_fifty_equal_answers(apis: TwoApis, round):
    order = await apis.order()
    answers = await apis.at_once("/payments", [upi(order)] * 50, key=f"fifty-{order}")
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 49
    assert [payment["id"] for payment in await apis.payments_of(order)] == [answers[0].json()["id"]]


@pytest.mark.parametrize("round", range(5))
async def test_the_same_key_on_orders_makes_one_order(apis: TwoApis, round):
    key = f"orders-{await apis.order()}"
    answers = await apis.at_once("/orders", [{"amount": 700}] * 50, key=key)
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("round", range(5))
@pytest.mark.usefixtures("worker_stopped")
async def test_ten_payments_of_one_order_at_once_one_is_accepted(apis: TwoApis, round):
    order = await apis.order()
    answers = await apis.at_once("/payments", [upi(order)] * 10)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 9}
    refusals = [answer.json()["error"] for answer in answers if answer.status_code == 400]
    assert {refusal["reason"] for refusal in refusals} == {"payment_in_progress"}
    assert len(await apis.payments_of(order)) == 1


@pytest.mark.parametrize("round", range(5))
async def test_of_twenty_refunds_at_once_exactly_as_many_pass_as_fit(apis: TwoApis, round):
    payment = await apis.paid()
    answers = await apis.at_once(f"/payments/{payment}/refunds", [{"amount": 6_000}] * 20)
    assert Counter(answer.status_code for answer in answers) == {201: 8, 400: 12}
    refused = {answer.json()["error"]["description"] for answer in answers if answer.status_code == 400}
    assert refused == {"Refund amount exceeds available amount"}


async def test_one_key_with_two_different_requests_at_once_is_one_effect(apis: TwoApis):
    order = await apis.order()
    bodies = [upi(order), upi(order) | {"vpa": "ravi@okbank"}] * 10
    answers = await apis.at_once("/payments", bodies, key=f"two-{order}")
    assert Counter(answer.status_code for answer in answers) == {201: 10, 422: 10}
    assert len(await apis.payments_of(order)) == 1
