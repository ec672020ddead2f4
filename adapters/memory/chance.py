"""Chance that is the same every time, from a seed."""

import random

from core.domain.ids import ALPHABET


class SeededChance:
    """See `ports.chance.Chance`. For tests and simulation: anybody can foretell its secrets."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def __call__(self, n: int) -> str:
        return "".join(self._random.choices(ALPHABET, k=n))

    def bytes(self, n: int) -> bytes:
        return self._random.randbytes(n)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)
