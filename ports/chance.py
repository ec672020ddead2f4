"""What cannot be foreseen."""

from typing import Protocol


class Chance(Protocol):
    def __call__(self, n: int) -> str:
        """`n` characters of `[0-9A-Za-z]`, each as likely, fit for secrets."""
        ...

    def bytes(self, n: int) -> bytes: ...

    def uniform(self, low: float, high: float) -> float: ...
