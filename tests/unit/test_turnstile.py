"""The turnstile before each endpoint."""

import asyncio

import pytest

from adapters.memory.chance import SeededChance
from adapters.memory.clock import MemoryClock
from core.use_cases.turnstile import (
    FIRST_PAUSE_S,
    LAST_PAUSE_S,
    LONGEST_STAY_S,
    PLACES,
    TROUBLED_S,
    Turnstile,
)

DEAD, SOUND = "we_dead", "we_sound"


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def turnstile(clock: MemoryClock) -> Turnstile:
    return Turnstile(clock, SeededChance())


async def admitted(turnstile: Turnstile, endpoint: str, wanted: int = 2 * PLACES) -> int:
    """How many of so many may go ahead at once; the others wait a moment for one of them."""
    coming = [asyncio.ensure_future(turnstile.enter(endpoint, 1)) for _ in range(wanted)]
    await asyncio.sleep(0)
    went = sum(each.done() and each.result() is None for each in coming)
    for each in coming:
        each.cancel()
    await asyncio.gather(*coming, return_exceptions=True)
    return went


async def fail(turnstile: Turnstile, times: int, endpoint: str = DEAD) -> None:
    for _ in range(times):
        assert await turnstile.enter(endpoint, 1) is None
        turnstile.leave(endpoint, None)


async def kill(turnstile: Turnstile) -> None:
    while not turnstile.open_circuits:
        await fail(turnstile, 1)


async def test_an_endpoint_has_so_many_places_and_takes_none_of_anothers(turnstile: Turnstile):
    assert await admitted(turnstile, DEAD) == PLACES
    assert await admitted(turnstile, SOUND) == PLACES


async def test_a_place_that_is_left_is_free_again(turnstile: Turnstile):
    await admitted(turnstile, SOUND)
    turnstile.leave(SOUND, 0.01)
    assert await admitted(turnstile, SOUND) == 1


async def test_silence_halves_the_places_and_then_opens_the_circuit(turnstile: Turnstile, clock: MemoryClock):
    await fail(turnstile, 1)
    assert await admitted(turnstile, DEAD) == PLACES // 2
    for _ in range(PLACES // 2):
        turnstile.leave(DEAD, None)
    assert turnstile.open_circuits == 1
    assert await admitted(turnstile, DEAD) == 0
    assert await admitted(turnstile, SOUND) == PLACES


async def test_after_the_pause_one_tries_and_a_silence_doubles_it(turnstile: Turnstile, clock: MemoryClock):
    await kill(turnstile)
    pause_s = FIRST_PAUSE_S
    while pause_s < LAST_PAUSE_S:
        clock.advance(seconds=pause_s - 0.01)
        assert await admitted(turnstile, DEAD) == 0
        clock.advance(seconds=0.01)
        assert await admitted(turnstile, DEAD) == 1
        turnstile.leave(DEAD, None)
        pause_s = min(LAST_PAUSE_S, 2 * pause_s)


async def test_an_answer_closes_the_circuit_and_the_places_come_back(
    turnstile: Turnstile, clock: MemoryClock
):
    await kill(turnstile)
    clock.advance(seconds=FIRST_PAUSE_S)
    assert await turnstile.enter(DEAD, 1) is None
    turnstile.leave(DEAD, 0.02)
    assert turnstile.open_circuits == 0
    places = await admitted(turnstile, DEAD)
    assert places == 2, "as many as one probe earns"
    for _ in range(places):
        turnstile.leave(DEAD, 0.02)
    assert await admitted(turnstile, DEAD) == 8


async def test_who_was_under_way_when_it_opened_does_not_lengthen_the_pause(
    turnstile: Turnstile, clock: MemoryClock
):
    assert await admitted(turnstile, DEAD) == PLACES
    for _ in range(PLACES):
        turnstile.leave(DEAD, None)
    clock.advance(seconds=FIRST_PAUSE_S)
    assert await admitted(turnstile, DEAD) == 1


async def test_slow_answers_take_places_away_but_never_the_last(turnstile: Turnstile):
    for _ in range(20):
        assert await turnstile.enter(DEAD, 1) is None
        turnstile.leave(DEAD, 3.0)
    assert turnstile.open_circuits == 0
    assert await admitted(turnstile, DEAD) == 1


@pytest.mark.parametrize(
    ("took_s", "first_s", "longest_s"), [(3.0, *TROUBLED_S), (None, 60.0, LONGEST_STAY_S)]
)
async def test_who_is_turned_away_comes_again_the_later_the_more_often_it_was(
    turnstile: Turnstile, took_s: float | None, first_s: float, longest_s: float
):
    await admitted(turnstile, DEAD)
    for _ in range(10):
        turnstile.leave(DEAD, took_s)
    waits = [await turnstile.enter(DEAD, tries) or 0 for tries in (1, 2, 4, 2_000)]
    assert waits[:3] == sorted(waits[:3])
    assert first_s <= waits[0] <= 2 * first_s and longest_s <= waits[-1] <= 2 * longest_s


async def test_one_who_waits_at_a_sound_endpoint_gets_the_next_place(turnstile: Turnstile):
    await admitted(turnstile, SOUND)
    waiting = [asyncio.ensure_future(turnstile.enter(SOUND, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    for _ in range(2):
        turnstile.leave(SOUND, 0.01)
    assert await asyncio.wait_for(asyncio.gather(*waiting[:2]), 5) == [None, None]
    assert not waiting[2].done(), "those who came first were served first"
    turnstile.leave(SOUND, None)
    assert await asyncio.wait_for(waiting[2], 5), "there is trouble, and no use in waiting"


async def test_whoever_stops_waiting_takes_no_place_along(turnstile: Turnstile):
    await admitted(turnstile, SOUND)
    waiting = asyncio.ensure_future(turnstile.enter(SOUND, 1))
    await asyncio.sleep(0)
    turnstile.leave(SOUND, 0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await admitted(turnstile, SOUND) == 1


async def test_what_answers_well_and_is_idle_is_forgotten(turnstile: Turnstile):
    for number in range(100):
        assert await turnstile.enter(f"we_{number}", 1) is None
        turnstile.leave(f"we_{number}", 0.01)
    assert not turnstile._gates
