"""What one block reads: within its time, and some of it ahead."""

import asyncio
from typing import Any

from adapters.unit_of_work.reader import Reader
from core.domain.errors import Unavailable

Reading = asyncio.Future[list[Any]]


class Reads:
    """The reads of a block. One timer ends them all, since each of its own would cost as much as a read."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._reading: set[Reading] = set()
        self._ahead: dict[tuple[type, str, str], Reading] = {}
        self._is_late = False

    async def read(self, kind: type, column: str, key: str) -> list[Any]:
        """Raises Unavailable, also when the block's time is over."""
        if self._is_late:
            raise _late()
        reading = self._ahead.pop((kind, column, key), None) or self._begin(kind, column, key)
        try:
            return await reading
        finally:
            self._reading.discard(reading)

    def ahead(self, kind: type, column: str, key: str) -> None:
        """Begin to read what `read` will be asked for."""
        if not self._is_late and (kind, column, key) not in self._ahead:
            self._ahead[kind, column, key] = self._begin(kind, column, key)

    def afresh(self, kind: type, column: str, key: str) -> Reading:
        """As it is now, whatever the block's time."""
        return self._reader.read(kind, column, key)

    def end(self) -> None:
        """Nobody will ask any more for what was read ahead."""
        for reading in self._ahead.values():
            if not reading.cancel() and not reading.cancelled():
                reading.exception()  # so that it counts as seen

    def be_late(self) -> None:
        """The block's time is over."""
        self._is_late = True
        for reading in self._reading:
            if not reading.done():
                reading.set_exception(_late())

    def _begin(self, kind: type, column: str, key: str) -> Reading:
        reading = self._reader.read(kind, column, key)
        self._reading.add(reading)
        return reading


def _late() -> Unavailable:
    return Unavailable("database_unavailable", "The database did not answer in time.")
