"""A few connections to PostgreSQL for short transactions that end in time, whatever the server does."""

import asyncio
import os
import select
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from core.domain.errors import Unavailable

MAX_CONNECTIONS = 4
TIMEOUT_S = 2.0

Db = AsyncConnection[DictRow]


class Connections:
    """Opened when first needed; after any trouble a connection is thrown away and the next one is new.

    Not a psycopg pool: that waits ever longer between attempts to reconnect, and here whoever asks
    after an outage should find the server at once.
    """

    def __init__(self, url: str, *, limit: int = MAX_CONNECTIONS, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url.replace("+psycopg", "", 1)  # SQLAlchemy's spelling is welcome too
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(limit)
        self._idle: list[Db] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Db]:
        """Raises Unavailable: what was written may have been committed."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._slots.acquire()
        except TimeoutError as error:
            raise _silence() from error
        try:
            async with self._connection() as db, db.transaction():
                yield db
        except (psycopg.Error, OSError) as error:
            raise _silence() from error
        finally:
            self._slots.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Db]:
        db = await self._sound_idle() or await self._connect()
        cut = asyncio.get_running_loop().call_later(self._timeout_s, _cut, db)
        try:
            yield db
        except BaseException:
            await db.close()
            raise
        finally:
            cut.cancel()
        self._idle.append(db)

    async def _sound_idle(self) -> Db | None:
        while self._idle:
            db = self._idle.pop()
            if not _says_anything(db):
                return db
            await db.close()
        return None

    async def _connect(self) -> Db:
        async with asyncio.timeout(self._timeout_s):
            return await AsyncConnection.connect(
                self._url,
                autocommit=True,
                row_factory=dict_row,
                application_name="gateway simulator",
            )


def _says_anything(db: Db) -> bool:
    """A server that speaks unasked says goodbye, or has hung up."""
    poll = select.poll()
    poll.register(db.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _cut(db: Db) -> None:
    """End the wait for a server that does not answer.

    Cancelling the waiting task instead would let psycopg ask the silent server to cancel, and wait for that.
    """
    if not db.closed:
        with socket.socket(fileno=os.dup(db.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


def _silence() -> Unavailable:
    return Unavailable("simulator_book_unavailable", "The simulator's database did not answer.")
