"""All that is kept sealed in PostgreSQL."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from adapters.postgres.database import Database
from adapters.postgres.line import Statement
from adapters.postgres.literals import one, texts
from adapters.postgres.rows import values
from adapters.postgres.sql import locked, rows, statement
from adapters.postgres.tables import TABLES
from ports.sealed_rows import PLAIN, SEALED, SealedRow


class PostgresSealedRows:
    """See `ports.sealed_rows.SealedRows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def span(self, kind: type, *, after: str, limit: int) -> list[SealedRow]:
        [found] = await self._database.read([(_span(kind), [one(after), one(limit)])])
        return [SealedRow(kind, id, tuple(sealed)) for id, *sealed in values(found)]

    async def replace(self, pairs: Sequence[tuple[SealedRow, SealedRow]]) -> int:
        kind = pairs[0][0].kind
        columns = [texts([old.id for old, _ in pairs])]
        for place in range(len(SEALED[kind])):
            columns += [texts([row.texts[place] for row in side]) for side in zip(*pairs, strict=True)]
        # Asked as a read is, a second time when the connection broke: then the texts are the old ones no more.
        [replaced] = await self._database.read([(_replace(kind), columns)])
        return replaced.ntuples


@cache
def _span(kind: type) -> Statement:
    """$1: behind which id, $2: the limit. Returns the id and the sealed texts."""
    table, after = TABLES[kind], sa.bindparam("after", type_=sa.Text)
    wanted = sa.select(table.c.id, *(_sealed(table.c[name]) for name in SEALED[kind]))
    wanted = wanted.where(table.c.id > after).order_by(table.c.id)
    return statement("", wanted.limit(sa.bindparam("limit", type_=sa.Integer)), "after", "limit")


@cache
def _replace(kind: type) -> Statement:
    """Returns the ids of those that were still as read. $1: ids, then of each text the old ones and the new."""
    table, names = TABLES[kind], SEALED[kind]
    columns: dict[str, sa.types.TypeEngine[Any]] = {"id": sa.Text()}
    for name in names:
        columns |= {f"was_{name}": sa.Text(), f"new_{name}": sa.Text()}
    sent = rows(columns)
    same = (_sealed(table.c[name]).is_not_distinct_from(sent.c[f"was_{name}"]) for name in names)
    new = locked(table, sent, sa.and_(table.c.id == sent.c.id, *same))
    change: dict[str, sa.ColumnElement[Any]] = {name: new.c[f"new_{name}"] for name in names}
    change["version"] = table.c.version + sa.literal_column("1")
    update = sa.update(table).values(change).where(table.c.id == new.c.id).returning(table.c.id)
    return statement("", update, *columns)


def _sealed(text: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The text if it is sealed."""
    plain = sa.func.starts_with(text, sa.literal_column(f"'{PLAIN}'"))
    return sa.case((~plain, text), else_=sa.null())
