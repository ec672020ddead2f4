"""Who moves the money."""

from typing import Protocol

from core.domain.instrument import Card, CardToken
from core.domain.money import Money
from core.domain.outcome import Outcome


class Processor(Protocol):
    """An acquirer's API.

    `key` is the idempotency key: the same key moves money at most once, however often it is sent, and gets
    the same answer. Every method raises Unavailable for silence, garble and errors: the outcome is
    unknown then, and the call may be repeated with the same key.
    """

    async def authorize(self, amount: Money, *, token: str, capture: bool, key: str) -> Outcome:
        """Hold the amount, or with `capture` take it at once."""
        ...

    async def resume(self, reference: str, *, key: str) -> Outcome:
        """Complete an authorization whose challenge may have been answered."""
        ...

    async def capture(self, reference: str, amount: Money, *, key: str) -> Outcome: ...

    async def void(self, reference: str, *, key: str) -> Outcome: ...

    async def refund(self, reference: str, amount: Money, *, key: str) -> Outcome: ...

    async def find(self, key: str, *, token: str, reference: str) -> Outcome | None:
        """What became of the call with this key, without moving money; None when it never arrived."""
        ...


class Tokenizer(Protocol):
    """Turns a card into a token that is useless to anybody else."""

    async def tokenize(self, card: Card) -> CardToken:
        """Raises Unavailable."""
        ...
