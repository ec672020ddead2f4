"""The simulation finds every classic bug that is planted, and soon."""

import pytest

from tests.simulation.planted import BUGS, Bug
from tests.simulation.simulate import simulate

BOUND = 60


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_it_is_found(bug: Bug):
    with bug.planted():
        for seed in range(BOUND):
            outcome = simulate(seed)
            if outcome.wrong:
                print(f"{bug.name}: found after {seed + 1} seeds: {outcome.wrong[0]}")
                return
    pytest.fail(f"{bug.name}: not found within {BOUND} seeds")
