"""The turnstile before each endpoint."""

import pytest

from adapters.memory.chance import SeededChance
from adapters.memory.clock import MemoryClock
from core.use_cases.turnstile import FIRST_PAUSE_S, LAST_PAUSE_S, PLACES, Turnstile

DEAD, SOUND = "we_dead", "we_sound"


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def turnstile(clock: MemoryClock) -> Turnstile:
    return Turnstile(clock, SeededChance())


def admitted(turnstile: Turnstile, endpoint: str, wanted: int = 2 * PLACES) -> int:
    """How many of so many may go ahead at once."""
    return sum(turnstile.enter(endpoint, 1) is None for _ in range(wanted))


def fail(turnstile: Turnstile, times: int, endpoint: str = DEAD) -> None:
    for _ in range(times):
        assert turnstile.enter(endpoint, 1) is None
        turnstile.leave(endpoint, None)


def kill(turnstile: Turnstile) -> None:
    while not turnstile.open_circuits:
        fail(turnstile, 1)


def test_an_endpoint_has_so_many_places_and_takes_none_of_anothers(turnstile: Turnstile):
    assert admitted(turnstile, DEAD) == PLACES
    assert admitted(turnstile, SOUND) == PLACES


def test_a_place_that_is_left_is_free_again(turnstile: Turnstile):
    admitted(turnstile, SOUND)
    turnstile.leave(SOUND, 0.01)
    assert admitted(turnstile, SOUND) == 1


def test_silence_halves_the_places_and_then_opens_the_circuit(turnstile: Turnstile, clock: MemoryClock):
    fail(turnstile, 1)
    assert admitted(turnstile, DEAD) == PLACES // 2
    for _ in range(PLACES // 2):
        turnstile.leave(DEAD, None)
    assert turnstile.open_circuits == 1
    assert admitted(turnstile, DEAD) == 0
    assert admitted(turnstile, SOUND) == PLACES


def test_after_the_pause_one_tries_and_a_silence_doubles_it(turnstile: Turnstile, clock: MemoryClock):
    kill(turnstile)
    pause_s = FIRST_PAUSE_S
    while pause_s < LAST_PAUSE_S:
        clock.advance(seconds=pause_s - 0.01)
        assert admitted(turnstile, DEAD) == 0
        clock.advance(seconds=0.01)
        assert admitted(turnstile, DEAD) == 1
        turnstile.leave(DEAD, None)
        pause_s = min(LAST_PAUSE_S, 2 * pause_s)


def test_an_answer_closes_the_circuit_and_the_places_come_back(turnstile: Turnstile, clock: MemoryClock):
    kill(turnstile)
    clock.advance(seconds=FIRST_PAUSE_S)
    assert turnstile.enter(DEAD, 1) is None
    turnstile.leave(DEAD, 0.02)
    assert turnstile.open_circuits == 0
    places = admitted(turnstile, DEAD)
    assert places == 2, "as many as one probe earns"
    for _ in range(places):
        turnstile.leave(DEAD, 0.02)
    assert admitted(turnstile, DEAD) == 8


def test_who_was_under_way_when_it_opened_does_not_lengthen_the_pause(
    turnstile: Turnstile, clock: MemoryClock
):
    assert admitted(turnstile, DEAD) == PLACES
    for _ in range(PLACES):
        turnstile.leave(DEAD, None)
    clock.advance(seconds=FIRST_PAUSE_S)
    assert admitted(turnstile, DEAD) == 1


def test_slow_answers_take_places_away_but_never_the_last(turnstile: Turnstile):
    for _ in range(20):
        assert turnstile.enter(DEAD, 1) is None
        turnstile.leave(DEAD, 3.0)
    assert turnstile.open_circuits == 0
    assert admitted(turnstile, DEAD) == 1


def test_who_is_turned_away_comes_again_the_later_the_more_often_it_was(turnstile: Turnstile):
    admitted(turnstile, DEAD)
    waits = [turnstile.enter(DEAD, tries) or 0 for tries in (1, 4, 8, 2_000)]
    assert waits == sorted(waits)
    assert 0.25 <= waits[0] < 0.5 and 300 <= waits[-1] <= 450


def test_what_answers_well_and_is_idle_is_forgotten(turnstile: Turnstile):
    for number in range(100):
        assert turnstile.enter(f"we_{number}", 1) is None
        turnstile.leave(f"we_{number}", 0.01)
    assert not turnstile._gates
