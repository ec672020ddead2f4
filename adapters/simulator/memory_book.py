"""The book and the choices in one process's memory."""

from collections import defaultdict
from collections.abc import AsyncIterator

from adapters.simulator.book import Judge
from ports.book import Line


class MemoryBook:
    """See `adapters.simulator.book.Book` and `adapters.simulator.acs.Choices`."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._of: defaultdict[str, list[Line]] = defaultdict(list)
        self._choices: dict[str, bool] = {}

    async def enter(self, key: str, reference: str, judge: Judge) -> Line:
        # Atomic, because nothing is awaited.
        line = self._lines.get(key)
        if line is None:
            line = judge(self._of[reference])
            assert (line.key, line.reference) == (key, reference), line
            self._lines[key] = line
            self._of[reference].append(line)
        return line

    async def line(self, key: str) -> Line | None:
        return self._lines.get(key)

    async def of(self, reference: str) -> list[Line]:
        return list(self._of.get(reference, ()))

    async def lines(self, after: str = "") -> AsyncIterator[Line]:
        for key in sorted(key for key in self._lines if key > after):
            yield self._lines[key]

    async def choice(self, reference: str) -> bool | None:
        return self._choices.get(reference)

    async def choose(self, reference: str, approved: bool) -> bool:
        return self._choices.setdefault(reference, approved)
