"""Whole histories of the gateway under faults, one a seed: nothing is lost, nothing is doubled, all of it ends."""

import pytest

from tests.simulation.simulate import simulate

CHUNK = 10


@pytest.mark.parametrize("first", range(0, 4 * CHUNK, CHUNK))
def test_histories_end_with_everything_as_it_must_be(first: int):
    for seed in range(first, first + CHUNK):
        assert simulate(seed).wrong == (), f"seed {seed}"


def test_one_seed_is_one_history():
    assert simulate(7).digest == simulate(7).digest
