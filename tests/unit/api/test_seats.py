"""More than can be done at once is refused at once, and leaves no trace."""

import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from config.container import Gateway
from config.in_memory import in_memory
from core.domain.errors import Unavailable
from entrypoints.api import seats
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, Json, card, made, payment_of, refused
from tests.contracts.api.fixtures import Work
from tests.unit.api.test_streams import Browser, a_stream, until

SEATS = 3


class Slow:
    """A port of which every call waits for `go`."""

    def __init__(self, port: object) -> None:
        self._port = port
        self.go = asyncio.Event()
        self.waiting = 0

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def slow(*args: object, **more: object) -> object:
            self.waiting += 1
            await self.go.wait()
            return await getattr(self._port, name)(*args, **more)

        return slow


class Broken:
    """A port of which every call fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def fail(*args: object, **more: object) -> object:
            raise self._error

        return fail


@pytest.fixture
def gateway() -> Gateway:
    return in_memory(api_seats=SEATS)


@pytest.fixture
async def order(api: Api) -> Json:
    return await api.order()


@pytest.fixture
def queries(gateway: Gateway, order: Json) -> Slow:
    slow = Slow(gateway.queries())
    gateway.queries.override(slow)
    return slow


async def taken(api: Api, queries: Slow) -> list[asyncio.Task[object]]:
    """Requests that hold all seats, until `queries.go`."""
    holders = [asyncio.create_task(api.get("orders")) for _ in range(SEATS)]
    await until(lambda: queries.waiting == SEATS)
    return holders


async def test_one_more_than_there_are_seats_is_refused_and_can_be_repeated(
    api: Api, order: Json, queries: Slow
):
    holders = await taken(api, queries)
    shed = REGISTRY.get_sample_value("gateway_requests_shed_total") or 0
    answer = await api.post("payments", payment_of(order), key="k-1")
    error = refused(answer, 503, "SERVICE_UNAVAILABLE", "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    assert "same Idempotency-Key" in error["description"]
    assert REGISTRY.get_sample_value("gateway_requests_shed_total") == shed + 1
    queries.go.set()
    assert {(await holder).status_code for holder in holders} == {200}
    again = await api.post("payments", payment_of(order), key="k-1")
    made(again, 201)
    assert "idempotent-replayed" not in again.headers
    payments = made(await api.get(f"orders/{order['id']}/payments"))["data"]
    assert [payment["id"] for payment in payments] == [again.json()["id"]]


async def test_nothing_of_a_refused_request_is_read(api: Api, gateway: Gateway, queries: Slow):
    app = create_app(gateway)
    holders = [Browser(app, "/health") for _ in range(SEATS)]
    await until(lambda: queries.waiting == SEATS)
    heard = []

    async def receive() -> object:
        raise AssertionError("its body was asked for")

    async def send(message: dict[str, object]) -> None:
        heard.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/orders", "headers": []}
    await app(scope, receive, send)
    assert heard[0]["status"] == 503
    queries.go.set()
    await asyncio.gather(*(holder.request for holder in holders))


async def test_health_is_told_whatever_the_load(api: Api, queries: Slow):
    holders = await taken(api, queries)
    assert made(await api.get("/health/live")) == {"status": "alive"}
    health = asyncio.create_task(api.get("/health"))
    await until(lambda: queries.waiting == SEATS + 1)
    queries.go.set()
    assert (await health).json()["database"] == "connected"
    await asyncio.gather(*holders)


async def test_a_seat_is_free_again_after_every_kind_of_end(api: Api, gateway: Gateway):
    for _ in range(SEATS + 1):
        await api.order()
        refused(await api.post("orders", {"amount": -1}), 400, field="amount")
        refused(await api.get("nothing"), 404, "NOT_FOUND_ERROR")
    for trouble, status in ((Unavailable("away", "It is away."), 503), (KeyError("a bug"), 500)):
        with gateway.queries.override(Broken(trouble)):
            for _ in range(SEATS + 1):
                assert (await api.get("orders")).status_code == status
    made(await api.get("orders"))


async def test_who_leaves_before_the_answer_takes_no_seat_along(gateway: Gateway, api: Api, queries: Slow):
    app = create_app(gateway)
    leavers = [Browser(app, "/health") for _ in range(2 * SEATS)]
    await until(lambda: queries.waiting == 2 * SEATS)
    for leaver in leavers[:SEATS]:
        leaver.request.cancel()  # as a server that is told to stop does
    for leaver in leavers[SEATS:]:
        leaver.gone.set()
    queries.go.set()
    await asyncio.gather(*(leaver.request for leaver in leavers), return_exceptions=True)
    assert await status_of(app) == 404


async def test_a_stream_holds_no_seat(api: Api, gateway: Gateway):
    app, path = create_app(gateway), await a_stream(api)
    streams = [Browser(app, path) for _ in range(2 * SEATS)]
    await until(lambda: all(stream.text for stream in streams))
    assert await status_of(app) == 404
    streams[0].gone.set()
    await streams[0].request
    assert await status_of(app) == 404
    app.state.hub.close()
    await asyncio.gather(*(stream.request for stream in streams))


async def test_who_waits_for_a_token_holds_no_seat_and_there_is_room_for_so_many(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(seats, "MAX_AWAY", 2 * SEATS)
    tokenizer = Slow(gateway.tokenizer())
    gateway.tokenizer.override(tokenizer)
    orders = [await api.order() for _ in range(2 * SEATS + 1)]
    paying = []
    for order in orders[:-1]:
        paying.append(asyncio.create_task(api.post("payments", payment_of(order, card=card()))))
        await until(lambda: tokenizer.waiting == len(paying))
    made(await api.get("orders"))
    async with asyncio.timeout(5):
        answer = await api.post("payments", payment_of(orders[-1], card=card()), key="k-2")
    refused(answer, 503, "SERVICE_UNAVAILABLE", "too_many_waiting")
    tokenizer.go.set()
    assert [(await payment).status_code for payment in paying] == [201] * 2 * SEATS
    made(await api.post("payments", payment_of(orders[-1], card=card()), key="k-2"), 201)


async def test_who_prefers_to_wait_holds_no_seat(api: Api, work: Work):
    payments = [await api.pay(await api.order(capture="manual"), card=card()) for _ in range(2 * SEATS)]
    await work()
    waiting = []
    for payment in payments:
        path, prefer = f"payments/{payment['id']}/capture", {"Prefer": "wait=3"}
        waiting.append(asyncio.create_task(api.post(path, {"amount": 50_000}, headers=prefer)))
        while (await api.see(payment)).get("pending_operation") != "capture":
            await asyncio.sleep(0)
    made(await api.get("orders"))
    await work()
    assert {(await answer).json()["status"] for answer in waiting} == {"success"}


async def status_of(app: FastAPI) -> int:
    """What somebody who comes now is told of a path that is not there: 404, or 503 without a seat."""
    browser = Browser(app, "/nothing")
    await browser.request
    status: int = browser.heard[0]["status"]
    return status
