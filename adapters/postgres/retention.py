"""Forgetting rows in PostgreSQL: a partition at a time where a table has them, a batch of rows otherwise."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from adapters.postgres import retention_statements as ask
from adapters.postgres.database import Database
from adapters.postgres.failures import meaning_of, no_answer, unreachable
from adapters.postgres.line import Broken, Line, Refusal, Statement, Step
from adapters.postgres.literals import one, texts
from adapters.postgres.partitions import (
    ATTEMPTS,
    DELIVERIES,
    EVENTS,
    PARTITIONED,
    Partition,
    Partitioned,
    partitions_of,
)
from adapters.postgres.rows import values
from adapters.postgres.statements import COMMIT
from core.domain.errors import ConcurrentUpdate

SCAN_S = 600.0  # a partition that is about to go may be read as a whole, once
GONE = "42P01"  # undefined_table: a partition that another process has dropped

log = logging.getLogger(__name__)


class PostgresRetention:
    """See `ports.retention.Retention`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_room(self, now: datetime) -> None:
        for parts in PARTITIONED:
            async with self._transaction() as line:
                with _another_time(parts):
                    await _ask(line, (ask.ONE_AT_A_TIME, ()))
                    for statement in parts.missing(await _partitions(line, parts), now):
                        await _ask(line, (Statement(b"", statement.encode()), ()))
                    await _ask(line, (COMMIT, ()))

    async def forget_attempts(self, before: datetime, *, limit: int) -> bool:
        return await self._forget(ATTEMPTS, before, limit)

    async def forget_deliveries(self, before: datetime, *, limit: int) -> bool:
        return await self._forget(DELIVERIES, before, limit)

    async def forget_events(self, before: datetime, *, limit: int) -> bool:
        return await self._forget(EVENTS, before, limit)

    async def forget_keys(self, before: datetime, *, limit: int) -> bool:
        async with self._transaction() as line:
            [[[count]], _] = await _ask(line, (ask.KEYS, [one(before), one(limit)]), (COMMIT, ()))
        return bool(count == limit)

    async def _forget(self, parts: Partitioned, before: datetime, limit: int) -> bool:
        async with self._transaction() as line:
            with _another_time(parts):
                for partition in await _partitions(line, parts):
                    if partition.end > parts.first(before):
                        break
                    if await _is_free(line, parts, partition, scan=True):
                        return await _dropped(line, parts, partition, before)
                    if parts is EVENTS:
                        break  # they are numbered: what comes later does not go before
                return await _rest_forgotten(line, parts, before, limit)
        return False

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Line]:
        """On a connection of its own, which may take its time. Without a COMMIT nothing has happened."""
        line = await self._database.open()
        try:
            await _ask(line, (ask.BEGIN, ()), (ask.PATIENCE, ()))
            yield line
        except Broken as broken:
            raise no_answer() if broken.timed_out else unreachable() from broken
        except Refusal as refusal:
            raise meaning_of(refusal) from refusal
        finally:
            line.close()


async def _partitions(line: Line, parts: Partitioned) -> list[Partition]:
    [found] = await _ask(line, (ask.listed(parts), ()))
    return partitions_of(found)


async def _is_free(line: Line, parts: Partitioned, partition: Partition, *, scan: bool) -> bool:
    """Whether nothing refers into it any more, and, with `scan`, none of its deliveries is still owed."""
    if parts is ATTEMPTS:
        return True
    steps: list[Step] = [(ask.refers_into(parts), [one(partition.start), one(partition.end)])]
    if parts is DELIVERIES and scan:
        steps.append((ask.pending_in(partition.name), ()))
    for step in steps:
        [[[is_needed]]] = await _ask(line, step)
        if is_needed:
            log.info("partition_kept", extra={"partition": partition.name})
            return False
    return True


async def _dropped(line: Line, parts: Partitioned, partition: Partition, before: datetime) -> bool:
    """Looks again once nobody else can write there."""
    await _ask(line, (ask.lock(parts), ()))
    if not await _is_free(line, parts, partition, scan=False):
        return False
    drops: list[Step] = [(statement, ()) for statement in ask.drop(parts, partition.name)]
    await _ask(line, *drops, (ask.note(parts), [one(before)]), (COMMIT, ()))
    log.info("partition_dropped", extra={"partition": partition.name})
    return True


async def _rest_forgotten(line: Line, parts: Partitioned, before: datetime, limit: int) -> bool:
    """Looks again once it holds the rows: in one statement both would be as of before it held them."""
    [chosen] = await _ask(line, (ask.choose(parts), [one(parts.first(before)), one(limit)]))
    ids = [id for (id,) in chosen]
    await _ask(line, (ask.forget_rest(parts), [texts(ids), one(before)]), (COMMIT, ()))
    return len(ids) == limit


@contextmanager
def _another_time(parts: Partitioned) -> Iterator[None]:
    """Nothing has happened when others are at work there, or have done it meanwhile."""
    try:
        yield
    except Refusal as refusal:
        if refusal.sqlstate != GONE and not isinstance(meaning_of(refusal), ConcurrentUpdate):
            raise
        log.info("left_to_another_time", extra={"table": parts.name, "why": str(refusal)})


async def _ask(line: Line, *steps: Step) -> list[list[Any]]:
    """The rows of each."""
    return [values(result) for result in await line.ask(steps, timeout_s=SCAN_S)]
