"""Forgetting rows in memory."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.memory.store import MemoryStore
from core.domain.event import Event
from core.domain.idempotency import KeyRecord
from core.domain.job import JobKind
from core.domain.webhook import Attempt, Delivery, DeliveryStatus


class MemoryRetention:
    """See `ports.retention.Retention`."""

    def __init__(self, store: MemoryStore) -> None:
        self._rows = store.rows
        self._jobs = store.jobs

    async def make_room(self, now: datetime) -> None:
        """There is always room."""

    async def forget_attempts(self, before: datetime, *, limit: int) -> bool:
        return self._forget(Attempt, before, limit)

    async def forget_deliveries(self, before: datetime, *, limit: int) -> bool:
        return self._forget(Delivery, before, limit, self._is_over)

    async def forget_events(self, before: datetime, *, limit: int) -> bool:
        return self._forget(Event, before, limit, lambda event: not self._rows.of(Delivery, event.id))

    async def forget_keys(self, before: datetime, *, limit: int) -> bool:
        return self._forget(KeyRecord, before, limit)

    def _is_over(self, delivery: Delivery) -> bool:
        is_owed = (JobKind.DELIVER_EVENT, delivery.id) in self._jobs.rows
        has_ended = delivery.status is not DeliveryStatus.PENDING
        return has_ended and not is_owed and not self._rows.of(Attempt, delivery.id)

    def _forget(
        self, kind: type, before: datetime, limit: int, is_free: Callable[[Any], bool] = lambda _: True
    ) -> bool:
        old = [row.id for row in self._rows.all(kind) if row.created_at < before and is_free(row)][:limit]
        for id in old:
            self._rows.forget(kind, id)
        if old:
            self._rows.forgotten[kind] = max(before, self._rows.forgotten.get(kind, before))
        return len(old) == limit
