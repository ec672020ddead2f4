"""The way to one PostgreSQL: connections opened, lent for a moment, or kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import event, exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.postgres.failures import unreachable
from adapters.postgres.kept import Kept, read
from adapters.postgres.line import Line, Statement, Step
from adapters.postgres.rows import values
from adapters.postgres.terms import Limits, address

_CLOCK = Statement(b"", b"SELECT clock_timestamp()")


class Database:
    """One engine, whose connections commit by themselves. Nothing is opened before it is needed."""

    def __init__(self, url: str, limits: Limits = Limits(), *, application_name: str = "gateway") -> None:
        self.limits = limits
        self._address = address(url, limits, application_name)
        self._kept: list[Kept] = []
        self.engine: AsyncEngine = create_async_engine(
            url,
            async_creator=self._connect,
            isolation_level="AUTOCOMMIT",
            pool_size=limits.lent,
            max_overflow=0,
            pool_timeout=limits.lend_s,
            pool_use_lifo=True,
            pool_reset_on_return=None,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_the_dead)
        event.listen(self.engine.sync_engine, "close", _watch_no_more)

    async def open(self) -> Line:
        """A new connection, the caller's to close. Raises Unavailable."""
        try:
            return Line(await self._connect())
        except (psycopg.Error, TimeoutError) as error:
            raise unreachable() from error

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Line]:
        """A connection of the pool. Raises Unavailable."""
        try:
            async with asyncio.timeout(self.limits.lend_s + self.limits.connect_s):
                lent = await self.engine.connect()
        except (exc.SQLAlchemyError, psycopg.Error, TimeoutError) as error:
            raise unreachable() from error
        try:
            yield await _line_of(lent)
        finally:
            await lent.close()  # back to the pool, which looks at it before it lends it again

    def keep(self) -> Kept:
        """A connection of its own, for somebody who asks all the time."""
        self._kept.append(Kept(self.open, self.limits))
        return self._kept[-1]

    async def read(self, steps: Sequence[Step]) -> list[PGresult]:
        """One round trip on a lent connection, for what changes nothing. Raises Unavailable."""
        return await read(self.lend, steps, timeout_s=self.limits.read_s)

    async def close(self) -> None:
        for kept in self._kept:
            kept.close()
        await self.engine.dispose()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        async with asyncio.timeout(self.limits.connect_s):
            return await psycopg.AsyncConnection.connect(**self._address, autocommit=True)


async def database_time(database: Database) -> datetime:
    """What time it is for PostgreSQL. Raises Unavailable."""
    [answer] = await database.read([(_CLOCK, ())])
    now: datetime = values(answer)[0][0]
    return now


async def _line_of(lent: AsyncConnection) -> Line:
    raw = await lent.get_raw_connection()
    if "line" not in raw.info:
        connection = raw.driver_connection
        assert isinstance(connection, psycopg.AsyncConnection)
        raw.info["line"] = Line(connection)
    line: Line = raw.info["line"]
    return line


def _refuse_the_dead(connection: Any, record: Any, fairy: Any) -> None:
    """Let the pool replace a connection that the server has closed meanwhile."""
    line: Line | None = record.info.get("line")
    if line is not None and not line.is_usable:
        raise exc.DisconnectionError


def _watch_no_more(connection: Any, record: Any) -> None:
    """Before the pool closes it: the next connection may get the same socket number."""
    line: Line | None = record.info.get("line")
    if line is not None:
        line.arrivals.end()
