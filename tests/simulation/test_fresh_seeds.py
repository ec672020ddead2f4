"""As `test_first_seeds`, with seeds that nobody has seen before: every run looks somewhere else."""

from random import SystemRandom

from tests.simulation.sound import FIXED, assert_sound

FRESH = 50


def test_histories_that_nobody_has_seen_end_with_everything_as_it_must_be():
    chance = SystemRandom()
    seeds = [chance.randrange(FIXED, 1_000_000_000) for _ in range(FRESH)]
    print(f"Seeds: {seeds}")
    assert_sound(seeds)
