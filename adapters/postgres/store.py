"""The rows of a unit of work in PostgreSQL: a group costs two round trips, a gathering of reads one."""

import asyncio
from collections.abc import Sequence
from typing import Any

from adapters.postgres.database import Database
from adapters.postgres.failures import meaning_of, not_written
from adapters.postgres.group import Part, blamed, lay_out
from adapters.postgres.line import Broken, Line, Refusal, Step
from adapters.postgres.literals import texts
from adapters.postgres.rows import entities
from adapters.postgres.statements import BEGIN, COMMIT, FATE, ROLLBACK, XID, read
from adapters.unit_of_work.store import AnswerLost, Changes, Fate, GroupFailed, Rejected, Want
from core.domain.errors import Unavailable

FATE_PAUSE_S = 0.05
_FATES = {b"committed": Fate.COMMITTED, b"aborted": Fate.ABORTED}


class PostgresStore:
    """See `adapters.unit_of_work.store.Store`. Reads and writes have a connection each, which they keep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._limits = database.limits
        self._reader = database.keep()
        self._writer = database.keep()

    async def read(self, wants: Sequence[Want]) -> list[list[Any]]:
        steps: list[Step] = [(read(want.kind, want.column), [_keys(want)]) for want in wants]
        found = await self._reader.read(steps)
        return [entities(want.kind, result) for want, result in zip(wants, found, strict=True)]

    async def write(self, group: Sequence[Changes]) -> None:
        try:
            parts = lay_out(group)
        except Exception as error:  # a value that cannot be written down
            raise GroupFailed(error) from error
        async with self._writer as line:
            ticket = await self._send(line, parts)
            await self._commit(line, ticket)

    async def fate(self, ticket: str) -> Fate:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.fate_s
        while (left_s := until - loop.time()) > 0:
            try:
                fate = await self._look(ticket, left_s)
            except (Unavailable, Broken):
                fate = None  # restarting, perhaps
            except Refusal:
                return Fate.UNKNOWN
            if fate is not None:
                return fate
            await asyncio.sleep(FATE_PAUSE_S)
        return Fate.UNKNOWN

    async def _send(self, line: Line, parts: Sequence[Part]) -> str:
        """Everything but the COMMIT; returns the transaction's number, by which its fate can be asked for."""
        steps = [(part.statement, part.parameters) for part in parts]
        try:
            results = await line.ask([(BEGIN, ()), *steps, (XID, ())], timeout_s=self._limits.batch_s)
        except Broken as broken:
            raise not_written() from broken  # the server undoes what it hears no more of
        except Refusal as refusal:
            await self._undo(line)
            raise _why(parts, refusal) from refusal
        failures = blamed(parts, results[1:])
        if failures:
            await self._undo(line)
            raise Rejected(failures)
        return (results[-1].get_value(0, 0) or b"").decode()

    async def _commit(self, line: Line, ticket: str) -> None:
        try:
            [answer] = await line.ask([(COMMIT, ())], timeout_s=self._limits.commit_s)
        except Broken as broken:
            raise AnswerLost(ticket) from broken
        except Refusal as refusal:
            raise GroupFailed(meaning_of(refusal)) from refusal
        if answer.command_status != b"COMMIT":
            raise AnswerLost(ticket)

    async def _undo(self, line: Line) -> None:
        try:
            await line.ask([(ROLLBACK, ())], timeout_s=self._limits.batch_s)
        except (Broken, Refusal):
            line.close()

    async def _look(self, ticket: str, left_s: float) -> Fate | None:
        """On a new connection: whatever swallowed the answer may still have hold of the others."""
        line = await self._database.open()
        try:
            [answer] = await line.ask([(FATE, [ticket.encode()])], timeout_s=left_s)
        finally:
            line.close()
        status = answer.get_value(0, 0)
        if status is None:  # so old that nobody knows
            return Fate.UNKNOWN
        return _FATES.get(status)


def _keys(want: Want) -> bytes:
    """Sorted, and without those that no row can have (NUL, half a surrogate): they would refuse the whole gathering."""
    return texts(sorted(key for key in want.keys if key.isprintable()))


def _why(parts: Sequence[Part], refusal: Refusal) -> Exception:
    """A conflict that was seen before the refusal is its likelier cause: a child without the parent, say."""
    failures = blamed(parts, refusal.results[1:])
    if failures:
        return Rejected(failures)
    meaning = meaning_of(refusal)
    return meaning if isinstance(meaning, Unavailable) else GroupFailed(meaning)
