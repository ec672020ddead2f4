"""Binding an idempotency key to the answer of the block that does the work."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from core.domain.errors import KeyTaken
from core.domain.idempotency import KeyUse
from ports.persistence import Transaction

T = TypeVar("T")


class Keyed(NamedTuple, Generic[T]):
    """A key's use, and how the door renders what was made: its status and exact body."""

    use: KeyUse
    render: Callable[[T], tuple[int, str]]

    def look_ahead(self, tx: Transaction) -> None:
        """Let `look` cost no round trip of its own."""
        tx.keys.read_ahead(self.use.scope, self.use.key)

    async def look(self, tx: Transaction) -> None:
        """Raises KeyTaken when the key was used before; whoever asks is then told what was answered.

        `bind` would find out as well, but at the cost of all who commit at the same time.
        """
        if await tx.keys.find(self.use.scope, self.use.key) is not None:
            raise KeyTaken

    def bind(self, tx: Transaction, made: T, id: str) -> None:
        status, body = self.render(made)
        tx.keys.bind(self.use, status, body, id)
