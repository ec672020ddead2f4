"""All that is kept sealed in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.memory.store import MemoryStore
from ports.sealed_rows import PLAIN, SEALED, SealedRow


class MemorySealedRows:
    """See `ports.sealed_rows.SealedRows`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def span(self, kind: type, *, after: str, limit: int) -> list[SealedRow]:
        rows = sorted((row for row in self._store.rows.all(kind) if row.id > after), key=lambda row: row.id)
        return [_sealed(row) for row in rows[:limit]]

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedRow]]) -> int:
        count, rows = 0, self._store.rows
        for old, new in pairs:
            row = rows.get(old.kind, old.id)
            if row is not None and _sealed(row) == old:
                texts = dict(zip(SEALED[old.kind], new.texts, strict=True))
                rows.put(replace(row, **texts, version=row.version + 1))
                count += 1
        rows.commit()
        return count


def _sealed(row: Any) -> SealedRow:
    texts = (getattr(row, name) for name in SEALED[type(row)])
    return SealedRow(
        type(row), row.id, tuple(None if text is None or text.startswith(PLAIN) else text for text in texts)
    )
