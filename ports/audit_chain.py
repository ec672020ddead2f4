"""The audit log as a chain: entries in the order of their commits, and the seals that bind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.audit import AuditEntry, Seal

# In which order entries were committed: their transaction's number, then their id.
Place = tuple[int, str]
BEGINNING: Place = (0, "")


@dataclass(frozen=True, slots=True)
class Link:
    """A seal, and the entry that it is about with its place; None when that is gone."""

    seal: Seal
    entry: AuditEntry | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Tail:
    """What no seal protects yet: how many entries, and the time of the oldest."""

    count: int
    oldest: datetime | None


class AuditChain(Protocol):
    """Seals are only ever appended. Raises Unavailable."""

    async def head(self) -> Seal | None:
        """The last seal."""
        ...

    async def unsealed(self, head: Seal | None, *, limit: int) -> list[AuditEntry]:
        """The entries behind the head's, in the order of commits: only those that nobody can commit before any more,
        so that whoever asks with the same head gets the same entries, or more of them."""
        ...

    async def append(self, seals: Sequence[Seal]) -> None:
        """Those that another sealer has appended meanwhile are the very same, and stay. No writer of entries waits."""
        ...

    async def links(self, *, after: int, limit: int) -> list[Link]:
        """The seals behind that number, in order."""
        ...

    async def stray(self, after: Place, to: Place) -> str | None:
        """The first entry behind `after` and not behind `to` that has no seal; its id."""
        ...

    async def tail(self) -> Tail: ...
