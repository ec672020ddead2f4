"""When each API key was last used, in a table of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import Database
from adapters.postgres.line import Statement
from adapters.postgres.literals import texts, times
from adapters.postgres.rows import values
from adapters.postgres.schema import sql_type
from adapters.postgres.sql import rows, statement
from adapters.postgres.tables import KEY_USE_COLUMNS, key_uses

_COLUMNS = {flat.name: sql_type(flat) for flat in KEY_USE_COLUMNS}


class PostgresKeyUses:
    """See `ports.key_uses.KeyUses`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, uses: Mapping[str, datetime]) -> None:
        ids = sorted(uses)  # in the order in which everybody locks them
        # Asked as a read is, a second time when the connection broke: twice the same is as good as once.
        await self._database.read([(_RECORD, [texts(ids), times([uses[id] for id in ids])])])

    async def of(self, key_ids: Sequence[str]) -> dict[str, datetime]:
        [found] = await self._database.read([(_OF, [texts(key_ids)])])
        return dict(values(found))


def _record() -> Statement:
    """$1: ids, $2: times."""
    add = insert(key_uses).from_select([*_COLUMNS], sa.select(*rows(_COLUMNS).c))
    newer = key_uses.c.last_used_at < add.excluded.last_used_at
    add = add.on_conflict_do_update(
        index_elements=[key_uses.c.id], set_={"last_used_at": add.excluded.last_used_at}, where=newer
    )
    return statement("", add, *_COLUMNS)


def _of() -> Statement:
    """$1: ids."""
    ids = sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Text)))
    return statement("", sa.select(key_uses.c.id, key_uses.c.last_used_at).where(key_uses.c.id == ids), "ids")


_RECORD, _OF = _record(), _of()
