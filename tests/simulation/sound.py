"""What a test says of seeds: their histories end with everything as it must be."""

from collections.abc import Iterable

from tests.simulation.simulate import simulate

FIXED = 200
CHUNK = 20


def assert_sound(seeds: Iterable[int]) -> None:
    for seed in seeds:
        outcome = simulate(seed)
        assert not outcome.wrong, (
            f"seed {seed}: {'; '.join(outcome.wrong)}\nReplay it: make simulate SEED={seed}"
        )
