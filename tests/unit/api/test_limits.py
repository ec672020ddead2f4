"""How often one may ask: what is counted for whom, and what a refusal says."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from config.container import Gateway
from config.in_memory import in_memory
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, Json, made, payment_of, refused
from tests.contracts.api.fixtures import api as the_api

KEY_PER_S, ADDRESS_PER_S, FAILURES_PER_MIN = 5, 3, 2
WRONG = {"X-Api-Key": "key_test_unknown", "X-Api-Secret": "wrong"}
Shop = Callable[..., Any]


@pytest.fixture
def shop() -> Shop:
    """A gateway with low limits, and its merchant as seen from an address."""

    @asynccontextmanager
    async def opened(peer: str = "203.0.113.9", **settings: Any) -> AsyncIterator[tuple[Gateway, Api]]:
        gateway = in_memory(**{
            "environment": "production", "rate_limits": True, "rate_limit_key_per_s": KEY_PER_S,
            "rate_limit_address_per_s": ADDRESS_PER_S, "rate_limit_failures_per_min": FAILURES_PER_MIN, **settings,
        })  # fmt: skip
        transport = httpx2.ASGITransport(create_app(gateway), client=(peer, 4711))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield gateway, await the_api.__wrapped__(gateway, client)  # the fixture's own function

    return opened


async def test_a_key_may_ask_so_often(shop: Shop) -> None:
    async with shop() as (gateway, api):
        for left in reversed(range(KEY_PER_S)):
            answer = await api.get("merchant")
            made(answer)
            assert answer.headers["ratelimit-policy"] == '"key";q=5;w=1'
            assert answer.headers["ratelimit"] == f'"key";r={left};t=1'
        answer = await api.get("merchant")
        error = refused(answer, 429, "RATE_LIMIT_ERROR", "rate_limited")
        assert "Spread" in error["description"]
        assert (answer.headers["retry-after"], answer.headers["ratelimit"]) == ("1", '"key";r=0;t=1')
        made(await api.other_merchant.get("merchant"))  # another's key is not touched
        made(await api.live.get("merchant"))
        gateway.clock().advance(seconds=0.2)
        made(await api.get("merchant"))
        refused(await api.get("merchant"), 429, "RATE_LIMIT_ERROR")


async def test_a_key_is_limited_wherever_it_asks_from(shop: Shop) -> None:
    async with shop(trusted_proxies="203.0.113.0/24") as (_, api):
        answers = [
            await api.send("GET", "merchant", headers={"X-Forwarded-For": f"198.51.100.{n}"})
            for n in range(8)
        ]
        assert [answer.status_code for answer in answers] == [200] * KEY_PER_S + [429] * 3


async def test_what_is_refused_has_no_effect(shop: Shop) -> None:
    async with shop(rate_limit_key_per_s=1) as (gateway, api):
        order = await api.order()
        refused(await api.post("payments", payment_of(order), key="k"), 429, "RATE_LIMIT_ERROR")
        gateway.clock().advance(seconds=1)
        assert made(await api.get(f"orders/{order['id']}"))["status"] == "created"


async def test_an_address_without_a_key_may_ask_so_often(shop: Shop) -> None:
    async with shop(trusted_proxies="203.0.113.9/32") as (gateway, api):
        path = f"orders/{(await api.order())['id']}/public"
        shopper, neighbour = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "6.6.6.6, 198.51.100.2"}
        for left in (2, 1, 0):
            answer = await api.anonymous.send("GET", path, headers=shopper)
            made(answer)
            assert answer.headers["ratelimit-policy"] == '"address";q=3;w=1'
            assert answer.headers["ratelimit"] == f'"address";r={left};t=1'
        for spoofed in ("198.51.100.1", "1.1.1.1, 198.51.100.1", "198.51.100.1:99"):
            answer = await api.anonymous.send("GET", path, headers={"X-Forwarded-For": spoofed})
            refused(answer, 429, "RATE_LIMIT_ERROR", "rate_limited")
            assert answer.headers["retry-after"] == "1"
        made(await api.anonymous.send("GET", path, headers=neighbour))
        gateway.clock().advance(seconds=1)
        made(await api.anonymous.send("GET", path, headers=shopper))


async def test_a_spoofed_address_is_not_a_new_one(shop: Shop) -> None:
    async with shop() as (_, api):
        path = f"orders/{(await api.order())['id']}/public"
        headers: list[Json] = [
            {"X-Forwarded-For": "1.1.1.1"}, {"Forwarded": "for=2.2.2.2"}, {"X-Real-Ip": "3.3.3.3"},
            {"X-Forwarded-For": "4.4.4.4"},
        ]  # fmt: skip
        statuses = [(await api.anonymous.send("GET", path, headers=one)).status_code for one in headers]
        assert statuses == [200, 200, 200, 429]


async def test_a_proxy_that_nobody_named_is_reported_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    async with shop() as (_, api):
        for _ in range(2):
            await api.anonymous.send("GET", "orders/x/public", headers={"X-Forwarded-For": "1.1.1.1"})
    assert [record.msg for record in caplog.records].count("forwarded_for_ignored") == 1


async def test_every_route_of_shoppers_is_limited_and_no_monitors(shop: Shop) -> None:
    order, payment = "order_" + "0" * 16, "pay_" + "0" * 16
    paths = (
        f"orders/{order}/public", f"payments/{payment}/public", f"payments/{payment}/public/stream",
        f"orders/{order}/public/payments/k", f"/checkout?order_id={order}", f"/checkout/3ds/return/{payment}",
        f"/simulator/acs/{payment}",
    )  # fmt: skip
    for path in (*paths, None):
        async with shop(rate_limit_address_per_s=1) as (_, api):

            async def ask(path: str | None = path, api: Api = api) -> httpx2.Response:
                if path is None:
                    return await api.anonymous.post("payments/public", {})
                return await api.anonymous.send("GET", path)

            assert (await ask()).status_code != 429, path
            refused(await ask(), 429, "RATE_LIMIT_ERROR")
            for _ in range(3):
                assert (await api.anonymous.get("/health/live")).status_code == 200
                assert (await api.anonymous.get("/health")).status_code == 200


async def test_failures_are_limited_and_the_right_key_is_not(shop: Shop) -> None:
    async with shop() as (gateway, api):
        for left in (1, 0):
            answer = await api.anonymous.send("GET", "merchant", headers=WRONG)
            refused(answer, 401, "AUTHENTICATION_ERROR")
            assert re.fullmatch(rf'"failed-authentications";r={left};t=\d+', answer.headers["ratelimit"])
        for headers in (WRONG, {}, {"Authorization": "Basic nonsense"}):
            answer = await api.anonymous.send("GET", "merchant", headers=headers)
            error = refused(answer, 429, "RATE_LIMIT_ERROR", "too_many_failures")
            assert "the right pair is accepted" in error["description"]
            assert answer.headers["retry-after"] == "30"
        made(await api.get("merchant"))  # from the same address
        gateway.clock().advance(seconds=30)
        refused(await api.anonymous.send("GET", "merchant", headers=WRONG), 401, "AUTHENTICATION_ERROR")


async def test_in_development_only_failures_are_limited(shop: Shop) -> None:
    async with shop(environment="development") as (_, api):
        for _ in range(2 * KEY_PER_S):
            answer = await api.get("merchant")
            made(answer)
            assert "ratelimit" not in answer.headers
            assert (await api.anonymous.get("orders/x/public")).status_code == 404
        statuses = [(await api.anonymous.get("merchant")).status_code for _ in range(3)]
        assert statuses == [401, 401, 429]


async def test_off_is_off(shop: Shop) -> None:
    async with shop(rate_limits=False) as (_, api):
        for _ in range(2 * KEY_PER_S):
            made(await api.get("merchant"))
            refused(await api.anonymous.get("merchant"), 401, "AUTHENTICATION_ERROR")
            assert (await api.anonymous.get("orders/x/public")).status_code == 404
