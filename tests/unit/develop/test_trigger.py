"""Events that are made to happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from entrypoints.cli.demo.shop import Shop, Unexpected
from entrypoints.cli.develop import trigger
from entrypoints.cli.develop.recipes import RECIPES
from entrypoints.cli.develop.session import ids_of
from entrypoints.cli.troubles import Trouble
from tests.unit.develop.world import World, working


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "webhook.test"])
async def test_every_recipe_makes_its_event(world: World, name: str) -> None:
    await world.pay()  # somebody else's events are not taken for it
    async with working(world.gateway):
        events = world.events(patient=False)
        await events.skip()
        subject = await RECIPES[name].make(world.shop)
        event = await trigger._told(events, name, subject)
    assert event["event"] == name
    assert subject in ids_of(event).values()


async def test_an_event_that_does_not_come_is_told_with_those_that_did(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "WITHIN_S", 0.3)
    events = world.events()
    await events.skip()
    subject = await RECIPES["payment.success"].make(world.shop)  # and no worker works
    with pytest.raises(Trouble, match=r"payment\.success did not come") as told:
        await trigger._told(events, "payment.success", subject)
    assert told.value.do.startswith("Came: payment.created, payment.pending.")


@pytest.mark.parametrize(
    ("endpoints", "status", "says"),
    [
        ([], 202, "an enabled webhook endpoint"),
        ([{"id": "we_1", "enabled": False}], 202, "an enabled webhook endpoint"),
        ([{"id": "we_1", "enabled": True}], 404, "this one has no such route"),
        ([{"id": "we_1", "enabled": True}], 429, "429"),
    ],
)
async def test_why_a_test_event_cannot_be_sent(endpoints: list[Any], status: int, says: str) -> None:
    async with a_gateway_with(endpoints, status) as client:
        with pytest.raises(Unexpected, match=says):
            await RECIPES["webhook.test"].make(Shop(client))


async def test_a_test_event_goes_to_the_newest_enabled_endpoint() -> None:
    asked: list[str] = []
    endpoints = [{"id": f"we_{n}", "enabled": n != 3} for n in (3, 2, 1)]
    async with a_gateway_with(endpoints, 202, asked) as client:
        assert await RECIPES["webhook.test"].make(Shop(client)) is None
    assert asked[-1] == "/api/v1/webhook_endpoints/we_2/test"


@asynccontextmanager
async def a_gateway_with(
    endpoints: list[Any], status: int, asked: list[str] | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(request.url.path)
        if request.method == "GET":
            return httpx2.Response(200, json={"data": endpoints, "has_more": False})
        return httpx2.Response(status, json={})

    transport = httpx2.MockTransport(answer)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client
