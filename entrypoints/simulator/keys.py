"""What the service remembers of idempotency keys: everything, until it is told to forget."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.domain.ids import made_at, new_id
from ports.book import Line, ProcessorBook
from ports.clock import Clock

KEY = re.compile(r"[a-z]+_[A-Za-z0-9]{16}", re.ASCII)  # as ours are: they say when the operation began


class Ledger(ProcessorBook, Protocol):
    """The simulator's book, which can be asked for one line too."""

    async def line(self, key: str) -> Line | None: ...


@dataclass
class Keys:
    """A real acquirer forgets keys after a day or so; `find` still knows what came of them, a repeat does not."""

    book: Ledger
    clock: Clock
    chance: Callable[[int], str]
    _forgotten_at: datetime | None = None
    _again: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """All that were used until now."""
        self._forgotten_at = self.clock()
        self._again.clear()

    async def effective(self, key: str) -> str:
        """The key under which the book enters a call: its own, unless its first use is forgotten. Then it is a
        call like any other new one, and its line, of a key that is nobody's, shows that it was made twice."""
        if self._forgotten_at is None or key in self._again:
            return self._again.get(key, key)
        line = await self.book.line(key)
        if line is not None and line.at <= self._forgotten_at:
            self._again[key] = new_id(key.rpartition("_")[0], made_at(key), self.chance)
        return self._again.get(key, key)
