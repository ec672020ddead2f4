"""Whole histories of the gateway under faults: nothing is lost, nothing is doubled, all of it ends."""

import pytest

from tests.simulation.sound import CHUNK, FIXED, assert_sound


@pytest.mark.parametrize("first", range(0, FIXED // 2, CHUNK))
def test_histories_end_with_everything_as_it_must_be(first: int):
    assert_sound(range(first, first + CHUNK))
