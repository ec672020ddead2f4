"""As `test_first_seeds`, in a file of its own, since tests run side by side by files."""

import pytest

from tests.simulation.sound import CHUNK, FIXED, assert_sound


@pytest.mark.parametrize("first", range(FIXED // 2, FIXED, CHUNK))
def test_histories_end_with_everything_as_it_must_be(first: int):
    assert_sound(range(first, first + CHUNK))
