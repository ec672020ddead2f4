"""Forgetting rows in PostgreSQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.postgres.database import Database
from adapters.postgres.line import Statement
from adapters.postgres.literals import one
from adapters.postgres.rows import values
from adapters.postgres.sql import statement
from adapters.postgres.tables import attempts, idempotency_keys
from core.domain.ids import ATTEMPT, first_id

_LIMIT = sa.bindparam("limit", type_=sa.Integer)


def _delete(table: sa.Table, name: str, column: sa.Column[Any]) -> Statement:
    """Returns how many. $1: below which value of the column, $2: the limit. Rows in use are left to the next time."""
    old = sa.select(table.c.id).where(column < sa.bindparam("before", type_=column.type)).limit(_LIMIT)
    chosen = old.with_for_update(skip_locked=True).cte("old")
    gone = sa.delete(table).where(table.c.id == chosen.c.id).returning(table.c.id).cte("gone")
    return statement(name, sa.select(sa.func.count()).select_from(gone), "before", "limit")


# Ids of attempts begin with the time, so that theirs is the only index it takes.
ATTEMPTS = _delete(attempts, "forget_attempts", attempts.c.id)
KEYS = _delete(idempotency_keys, "forget_keys", idempotency_keys.c.created_at)


class PostgresRetention:
    """See `ports.retention.Retention`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_attempts(self, before: datetime, *, limit: int) -> int:
        return await self._forget(ATTEMPTS, first_id(ATTEMPT, before), limit)

    async def forget_keys(self, before: datetime, *, limit: int) -> int:
        return await self._forget(KEYS, before, limit)

    async def _forget(self, old: Statement, before: str | datetime, limit: int) -> int:
        """Asked again after a broken connection, it forgets more, which does no harm."""
        [found] = await self._database.read([(old, [one(before), one(limit)])])
        return int(values(found)[0][0])
