"""Concurrent reads, gathered: while one read is in flight, the next ones become a single one."""

import asyncio
from typing import Any

from adapters.unit_of_work.store import Store, Want

MAX_KEYS = 1_000


class Reader:
    """`read` by many at once costs the store one call. They share what comes, so nobody may change it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[tuple[type, str], dict[str, list[asyncio.Future[list[Any]]]]] = {}
        self._running: asyncio.Task[None] | None = None

    def read(self, kind: type, column: str, key: str) -> asyncio.Future[list[Any]]:
        """The rows of `kind` whose `column` is `key`, by id, or Unavailable. Who gives up ends the future."""
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault((kind, column), {}).setdefault(key, []).append(future)
        if self._running is None:
            self._running = asyncio.create_task(self._serve())
        return future

    async def _serve(self) -> None:
        try:
            while self._waiting:
                waiting = self._take()
                wants = [Want(kind, column, tuple(sorted(keys))) for (kind, column), keys in waiting.items()]
                try:
                    found = await self._store.read(wants)
                except Exception as error:
                    for keys in waiting.values():
                        _fail(keys, error)
                    continue
                for (_, column), keys, rows in zip(waiting, waiting.values(), found, strict=True):
                    _answer(keys, column, rows)
        finally:
            self._running = None

    def _take(self) -> dict[tuple[type, str], dict[str, list[asyncio.Future[list[Any]]]]]:
        waiting, self._waiting = self._waiting, {}
        for name, keys in waiting.items():
            while len(keys) > MAX_KEYS:
                key, futures = keys.popitem()
                self._waiting.setdefault(name, {})[key] = futures
        return waiting


def _answer(keys: dict[str, list[asyncio.Future[list[Any]]]], column: str, rows: list[Any]) -> None:
    by_key: dict[str, list[Any]] = {}
    for row in rows:
        by_key.setdefault(_value(row, column), []).append(row)
    for key, futures in keys.items():
        for future in futures:
            if not future.done():
                future.set_result(by_key.get(key, []))


def _value(row: Any, column: str) -> str:
    """A column of the row; the owner's columns stand on its account."""
    owner = row.account if column == "merchant_id" else row
    value: str = getattr(owner, column)
    return value


def _fail(keys: dict[str, list[asyncio.Future[list[Any]]]], error: Exception) -> None:
    for futures in keys.values():
        for future in futures:
            if not future.done():
                future.set_exception(error)
