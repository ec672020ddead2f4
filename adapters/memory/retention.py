"""Forgetting rows in memory."""

from datetime import datetime

from adapters.memory.rows import Rows
from core.domain.idempotency import KeyRecord
from core.domain.webhook import Attempt


class MemoryRetention:
    """See `ports.retention.Retention`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def forget_attempts(self, before: datetime, *, limit: int) -> int:
        return self._forget(Attempt, before, limit)

    async def forget_keys(self, before: datetime, *, limit: int) -> int:
        return self._forget(KeyRecord, before, limit)

    def _forget(self, kind: type, before: datetime, limit: int) -> int:
        old = [row.id for row in self._rows.all(kind) if row.created_at < before][:limit]
        for id in old:
            self._rows.forget(kind, id)
        return len(old)
