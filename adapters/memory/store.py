"""Everything that PostgreSQL keeps for us, in dictionaries: the same promises, gone with the process."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from adapters.memory.constraints import ConstraintViolated, check, check_unique
from adapters.memory.jobs import MemoryJobs
from adapters.memory.rows import Rows
from adapters.unit_of_work.finals import final_fields
from adapters.unit_of_work.store import (
    AGGREGATES,
    PARENT,
    Changes,
    Fate,
    GroupFailed,
    Rejected,
    Want,
    name_of,
)
from core.domain.errors import ConcurrentUpdate, GatewayError, KeyTaken
from core.domain.idempotency import KEEP_HOURS, KeyRecord
from ports.clock import Clock

_ORDER = {kind: place for place, kind in enumerate(AGGREGATES)}


class MemoryStore:
    """See `adapters.unit_of_work.store.Store`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rows = Rows()
        self.jobs = MemoryJobs(self.rows, clock)

    async def read(self, wants: Sequence[Want]) -> list[list[Any]]:
        await asyncio.sleep(0)  # as with a real one, others get on meanwhile
        return [self._read(want) for want in wants]

    async def write(self, group: Sequence[Changes]) -> None:
        await asyncio.sleep(0)
        failures: dict[int, GatewayError] = {}
        for index, changes in enumerate(group):
            mark = self.rows.mark()
            try:
                self._write(changes)
            except GatewayError as error:
                failures[index] = error
                self.rows.rollback(mark)
            except ConstraintViolated as error:
                self.rows.rollback()
                raise GroupFailed(error) from error
        if failures:
            self.rows.rollback()
            raise Rejected(failures)
        self.rows.commit()
        await asyncio.sleep(0)

    async def fate(self, ticket: str) -> Fate:
        return (
            Fate.UNKNOWN
        )  # nothing here loses an answer; what wraps this store to lose them knows their fate

    def _read(self, want: Want) -> list[Any]:
        if want.column == "id":
            found = [self.rows.get(want.kind, key) for key in want.keys]
        else:
            assert want.column == PARENT[want.kind], want
            found = [row for key in want.keys for row in self.rows.of(want.kind, key)]
        rows = [row for row in found if row is not None]
        if want.kind is KeyRecord:
            rows = [row for row in rows if not self._is_old(row)]
        return sorted(rows, key=lambda row: row.id)

    def _write(self, changes: Changes) -> None:
        for entity in changes.guards:
            self._expect(entity, entity.version)
        for entity in sorted(changes.updates, key=_place):
            row = self._expect(entity, entity.version - 1)
            kind: Any = type(entity)
            changed = [name for name in final_fields(kind) if getattr(row, name) != getattr(entity, name)]
            assert not changed, f"PostgreSQL would not write them: {changed}"
            self._put(entity)
        for entity in sorted(changes.inserts, key=_place):
            if self.rows.get(type(entity), entity.id) is not None:
                raise ConcurrentUpdate(name_of(entity))
            self._put(entity)
        for record in changes.binds:
            bound = self.rows.get(KeyRecord, record.id)
            if bound is not None and not self._is_old(bound):
                raise KeyTaken
            self.rows.put(record)
        for job in changes.done:
            self.jobs.done(job)
        for job, after_s in changes.put_off:
            self.jobs.put_off(job, after_s)
        for new in changes.puts:
            self.jobs.put(new)

    def _put(self, entity: Any) -> None:
        check(entity)
        check_unique(self.rows, entity)
        self.rows.put(entity)

    def _expect(self, entity: Any, version: int) -> Any:
        row = self.rows.get(type(entity), entity.id)
        if row is None or row.version != version:
            raise ConcurrentUpdate(name_of(entity))
        return row

    def _is_old(self, record: KeyRecord) -> bool:
        return record.created_at < self._clock() - timedelta(hours=KEEP_HOURS)


def _place(entity: Any) -> tuple[int, str]:
    return _ORDER[type(entity)], entity.id
