"""The chain of the audit log over the rows in memory."""

from collections.abc import Sequence

from adapters.memory.store import MemoryStore
from core.domain.audit import AuditEntry, Seal
from ports.audit_chain import Link, Place, Tail


class MemoryAuditChain:
    """See `ports.audit_chain.AuditChain`. A commit here is a moment, so whatever is there is settled."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.seals: dict[int, Seal] = {}

    async def head(self) -> Seal | None:
        return self.seals[max(self.seals)] if self.seals else None

    async def unsealed(self, head: Seal | None, *, limit: int) -> list[AuditEntry]:
        return self._behind(head)[:limit]

    async def append(self, seals: Sequence[Seal]) -> None:
        for seal in seals:
            self.seals.setdefault(seal.number, seal)

    async def links(self, *, after: int, limit: int) -> list[Link]:
        numbers = sorted(number for number in self.seals if number > after)
        return [self._link(self.seals[number]) for number in numbers[:limit]]

    async def stray(self, after: Place, to: Place) -> str | None:
        sealed = {seal.entry_id for seal in self.seals.values()}
        found = (entry.id for entry in self._entries() if after < self._place(entry) <= to)
        return next((id for id in found if id not in sealed), None)

    async def tail(self) -> Tail:
        entries = self._behind(await self.head())
        return Tail(len(entries), min((entry.created_at for entry in entries), default=None))

    def _entries(self) -> list[AuditEntry]:
        return sorted(self._store.rows.all(AuditEntry), key=self._place)

    def _behind(self, head: Seal | None) -> list[AuditEntry]:
        if head is None:
            return self._entries()
        last = self._store.rows.get(AuditEntry, head.entry_id)
        return [entry for entry in self._entries() if last and self._place(entry) > self._place(last)]

    def _place(self, entry: AuditEntry) -> Place:
        return self._store.rows.position(entry.id), entry.id

    def _link(self, seal: Seal) -> Link:
        entry = self._store.rows.get(AuditEntry, seal.entry_id)
        return Link(seal, entry, None if entry is None else self._place(entry))
