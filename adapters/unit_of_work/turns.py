"""Taking turns: whoever conflicts on a name waits, in order of arrival, for those before."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Line:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0


class Turns:
    """A lock for each name that somebody waits for, and nothing for the others."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    async def take(self, name: str, until: float) -> bool:
        """Wait for one's turn until that loop time; whether it came."""
        line = self._lines.setdefault(name, _Line())
        line.members += 1
        try:
            async with asyncio.timeout_at(until):
                await line.lock.acquire()
        except BaseException as error:
            self._leave(name, line)
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def give(self, name: str) -> None:
        line = self._lines[name]
        line.lock.release()
        self._leave(name, line)

    def _leave(self, name: str, line: _Line) -> None:
        line.members -= 1
        if not line.members:
            del self._lines[name]
