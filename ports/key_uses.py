"""When each API key was last used."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class KeyUses(Protocol):
    """Apart from the keys, so that nothing that changes a key waits for those who use it. Raises Unavailable."""

    async def record(self, uses: Mapping[str, datetime]) -> None:
        """By key id. A last use never goes back. One that is lost does no harm."""
        ...

    async def of(self, key_ids: Sequence[str]) -> dict[str, datetime]:
        """By key id, without those that were never used."""
        ...
