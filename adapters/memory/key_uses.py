"""When each API key was last used, in a dictionary."""

from collections.abc import Mapping, Sequence
from datetime import datetime


class MemoryKeyUses:
    """See `ports.key_uses.KeyUses`."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    async def record(self, uses: Mapping[str, datetime]) -> None:
        for id, at in uses.items():
            self._last[id] = max(at, self._last.get(id, at))

    async def of(self, key_ids: Sequence[str]) -> dict[str, datetime]:
        return {id: self._last[id] for id in key_ids if id in self._last}
