"""All that is kept sealed, to be sealed anew under another key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.endpoint import Endpoint
from core.domain.idempotency import KeyRecord
from core.domain.merchant import Merchant

# Every field that the cipher seals. What is sealed elsewhere would be lost with its key.
SEALED: dict[type, tuple[str, ...]] = {
    Merchant: ("test_signing_secret", "live_signing_secret"),
    Endpoint: ("secret", "old_secret", "sealed_headers"),
    KeyRecord: ("body",),
}
PLAIN = "{"  # with which an answer begins that was kept as it is


@dataclass(frozen=True, slots=True)
class SealedRow:
    """The sealed texts of one row, in the order of `SEALED`; None where there is none."""

    kind: type
    id: str
    texts: tuple[str | None, ...]


class SealedRows(Protocol):
    """Raises Unavailable, and ConcurrentUpdate when others hold the rows for too long."""

    async def span(self, kind: type, *, after: str, limit: int) -> list[SealedRow]:
        """The next `limit` rows behind that id, by id, also those without sealed text; fewer at the end."""
        ...

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedRow]]) -> int:
        """Old by new, all of one kind, where the texts are still the old ones; how many were.

        A block that has read such a row meanwhile, and changes it, finds that it was changed.
        """
        ...
