"""PostgreSQL and Valkey as processes that can be stopped, killed and paused."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import redis.asyncio

from adapters.embedded import Server, start_postgres, start_valkey

POSTGRES = {"max_connections": "60", "log_min_messages": "fatal"}  # fsync and synchronous_commit stay on


class Machine:
    """A server on a data folder and a port of its own, which it keeps over restarts."""

    def __init__(self, start: Callable[..., Server], folder: Path, settings: Mapping[str, str]) -> None:
        self._start, self._folder, self._settings = start, folder, settings
        self._server = start(folder, settings=settings)

    @property
    def url(self) -> str:
        return self._server.url

    async def restart(self, *, after_s: float = 0.0) -> None:
        await self.stop()
        await asyncio.sleep(after_s)
        await self.start()

    async def start(self) -> None:
        self._server = await asyncio.to_thread(self._start, self._folder, settings=self._settings)

    async def stop(self) -> None:
        await asyncio.to_thread(self._server.stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self._server.kill)

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """None of its processes runs. The parent first: it would start new ones otherwise."""
        pids = [self._server.pid, *_children(self._server.pid)]
        _send(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _send(pids, signal.SIGCONT)


def a_postgres(folder: Path) -> Machine:
    return Machine(start_postgres, folder, POSTGRES)


def a_valkey(folder: Path) -> Machine:
    return Machine(start_valkey, folder, {})


@asynccontextmanager
async def connected(machine: Machine) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """An administrator's connection, straight to the server."""
    url = machine.url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
        yield connection


@asynccontextmanager
async def commanding(machine: Machine) -> AsyncIterator["redis.asyncio.Redis"]:
    client = redis.asyncio.Redis.from_url(machine.url)
    try:
        yield client
    finally:
        await client.aclose()


def _children(parent: int) -> list[int]:
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text()
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                found.append(int(pid))
    return found


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
