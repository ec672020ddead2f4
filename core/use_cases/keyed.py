"""Binding an idempotency key to the answer of the block that does the work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.domain.idempotency import KeyUse
from ports.persistence import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keyed(Generic[T]):
    """A key's use, and how the door renders what was made: its status and exact body."""

    use: KeyUse
    render: Callable[[T], tuple[int, str]]

    def bind(self, tx: Transaction, made: T, id: str) -> None:
        status, body = self.render(made)
        tx.keys.bind(self.use, status, body, id)
