"""An account's events, followed by cursor."""

import asyncio

import httpx2
import pytest

from entrypoints.cli.develop.following import PAGE, Events
from entrypoints.cli.develop.session import ids_of
from entrypoints.cli.troubles import Exit, Trouble
from tests.unit.develop.world import World, a_world, take, until


async def test_every_event_comes_once_and_in_order_however_many_there_are(world: World) -> None:
    events = world.events()
    await events.skip()
    await world.pay(times=PAGE // 4 + 5)  # four events each: more than a page, before the first is known
    first = await take(events, 4 * (PAGE // 4 + 5))
    await world.pay(times=PAGE // 4 + 5)
    taken = first + await take(events, 4 * (PAGE // 4 + 5))
    assert len({event["id"] for event in taken}) == len(taken)
    for payment in {ids_of(event).get("Payment") for event in taken} - {None}:
        mine = [event["sequence"] for event in taken if ids_of(event).get("Payment") == payment]
        assert mine == [1, 2, 3]
    assert [event["id"] for event in taken] == [
        event["id"] for event in [await world.shop.get(f"events/{event['id']}") for event in taken]
    ]


async def test_what_was_before_is_skipped(world: World) -> None:
    await world.pay()
    events = world.events()
    await events.skip()
    await world.pay()
    assert await take(events, 4) == (await world.all())[4:]


async def test_a_gateway_that_is_away_is_waited_for_and_nothing_is_missed(world: World) -> None:
    events = world.events()
    await events.skip()
    await world.pay()
    world.is_away = True
    taking = asyncio.create_task(take(events, 4))
    await until(lambda: bool(world.told))
    world.is_away = False
    assert await taking == await world.all()
    assert world.told == ["The gateway at http://gateway is away; waiting for it.", "The gateway is back."]


async def test_who_is_not_patient_is_told_so(world: World) -> None:
    world.is_away = True
    with pytest.raises(Trouble, match="cannot be reached") as told:
        await world.events(patient=False).skip()
    assert told.value.code == Exit.UNAVAILABLE


async def test_in_a_fresh_database_all_is_new(world: World) -> None:
    await world.pay(times=2)  # chance is seeded: the first of each gateway's ids are the same
    events = world.events()
    await events.skip()
    async with a_world() as fresh:
        await fresh.pay()
        events._client = fresh.client
        assert await take(events, 4) == await fresh.all()
    assert len(world.told) == 1
    assert "going on with all that it has" in world.told[0]


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, "{}", "does not accept this API key"),
        (200, "<html>", "does not answer as a gateway does"),
        (200, "[]", "does not answer as a gateway does"),
        (404, "{}", "does not answer as a gateway does"),
    ],
)
async def test_what_waiting_does_not_mend_is_told(status: int, body: str, says: str) -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, text=body))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        with pytest.raises(Trouble, match=says):
            await Events(client, print).skip()


async def test_a_busy_gateway_is_asked_again(world: World) -> None:
    answers = [
        httpx2.Response(429),
        httpx2.Response(503),
        httpx2.Response(200, json={"data": [], "has_more": False}),
    ]
    transport = httpx2.MockTransport(lambda request: answers.pop(0))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        await Events(client, world.told.append).skip()
    assert answers == []
    assert world.told[-1] == "The gateway is back."
