"""Rows in memory: found by id and by parent, and put back as they were when a group cannot commit."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from adapters.unit_of_work.copying import copy_of
from adapters.unit_of_work.store import PARENT
from core.domain.idempotency import KeyRecord


class Rows:
    """Every change is remembered until `commit`, so that `rollback` undoes what was done since."""

    def __init__(self) -> None:
        self._rows: dict[type, dict[str, Any]] = {}
        self._children: dict[tuple[type, str], dict[str, None]] = {}
        self._undo: list[Callable[[], None]] = []
        self._commits = 0
        self._committed_in: dict[str, int] = {}
        self.forgotten: dict[type, datetime] = {}  # of what was made before then, some may be missing

    def get(self, kind: type, id: str) -> Any | None:
        return self._rows.get(kind, {}).get(id)

    def of(self, kind: type, parent_id: str) -> list[Any]:
        rows = self._rows.get(kind, {})
        return [rows[id] for id in self._children.get((kind, parent_id), ())]

    def all(self, kind: type) -> Iterable[Any]:
        return self._rows.get(kind, {}).values()

    def put(self, entity: Any) -> None:
        """Keep a copy: what the caller does to its own later is nothing to us."""
        kind, id = type(entity), entity.id
        rows = self._rows.setdefault(kind, {})
        before = rows.get(id)
        rows[id] = copy_of(entity)
        if before is None:
            self._adopt(kind, id, entity)
        self._undo.append(lambda: self._restore(kind, id, before))

    def forget(self, kind: type, id: str) -> None:
        """For good: no part of any group."""
        entity = self._rows[kind].pop(id)
        if kind in PARENT:
            del self._children[kind, parent_of(entity)][id]

    def mark(self) -> int:
        return len(self._undo)

    def rollback(self, mark: int = 0) -> None:
        while len(self._undo) > mark:
            self._undo.pop()()

    def on_rollback(self, undo: Callable[[], None]) -> None:
        self._undo.append(undo)

    def commit(self) -> None:
        self._undo.clear()
        self._commits += 1

    def position(self, id: str) -> int:
        """In which commit a row was first written."""
        return self._committed_in[id]

    def _adopt(self, kind: type, id: str, entity: Any) -> None:
        if kind in PARENT:
            self._children.setdefault((kind, parent_of(entity)), {})[id] = None
        if kind is not KeyRecord:
            self._committed_in[id] = self._commits

    def _restore(self, kind: type, id: str, before: Any | None) -> None:
        if before is not None:
            self._rows[kind][id] = before
            return
        entity = self._rows[kind].pop(id)
        self._committed_in.pop(id, None)
        if kind in PARENT:
            del self._children[kind, parent_of(entity)][id]


def parent_of(entity: Any) -> str:
    column = PARENT[type(entity)]
    owner = entity.account if column == "merchant_id" else entity
    parent: str = getattr(owner, column)
    return parent
