"""The chain of the audit log in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.database import Database
from adapters.postgres.literals import numbers, one, texts
from adapters.postgres.rows import entities, flatten, loader, values
from adapters.postgres.schema import Xid8
from adapters.postgres.sql import rows, statement
from adapters.postgres.tables import audit_entries, audit_seals
from core.domain.audit import AuditEntry, Seal
from ports.audit_chain import Link, Place, Tail

_E, _S = audit_entries.c, audit_seals.c
_ENTRY = [_E[flat.name] for flat in flatten(AuditEntry)]
_SEAL: dict[str, sa.types.TypeEngine[Any]] = {
    "number": sa.BigInteger(),
    "entry_id": sa.Text(),
    "hash": sa.Text(),
}
_PLACE = sa.tuple_(_E.xid, _E.id)
# Whoever commits later has a higher number than any below the oldest transaction that is under way.
_SETTLED = _E.xid < sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot())
_LIMIT = sa.bindparam("limit", type_=sa.Integer)


class PostgresAuditChain:
    """See `ports.audit_chain.AuditChain`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> Seal | None:
        [found] = await self._database.read([(_HEAD, ())])
        return next((Seal(*row) for row in values(found)), None)

    async def unsealed(self, head: Seal | None, *, limit: int) -> list[AuditEntry]:
        step = (_FIRST, [one(limit)]) if head is None else (_BEHIND, [one(head.entry_id), one(limit)])
        [found] = await self._database.read([step])
        return entities(AuditEntry, found)

    async def append(self, seals: Sequence[Seal]) -> None:
        columns = [
            numbers([seal.number for seal in seals]),
            texts([seal.entry_id for seal in seals]),
            texts([seal.hash for seal in seals]),
        ]
        # Asked as a read is, a second time when the connection broke: what is there already stays.
        await self._database.read([(_APPEND, columns)])

    async def links(self, *, after: int, limit: int) -> list[Link]:
        [found] = await self._database.read([(_LINKS, [one(after), one(limit)])])
        return [_link(*row) for row in values(found)]

    async def stray(self, after: Place, to: Place) -> str | None:
        [found] = await self._database.read(
            [(_STRAY, [one(after[0]), one(after[1]), one(to[0]), one(to[1])])]
        )
        return next((id for (id,) in values(found)), None)

    async def tail(self) -> Tail:
        [found] = await self._database.read([(_TAIL, ())])
        return Tail(*values(found)[0])


def _link(number: int, entry_id: str, hash: str, xid: str | None, *entry: Any) -> Link:
    seal = Seal(number, entry_id, hash)
    if xid is None:
        return Link(seal, None, None)
    return Link(seal, loader(AuditEntry)(entry), (int(xid), entry_id))


def _entries(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(*_ENTRY).where(_SETTLED, *conditions).order_by(_E.xid, _E.id).limit(_LIMIT)


def _behind() -> sa.Select[Any]:
    """$1: the id of the head's entry, $2: the limit."""
    there, id = audit_entries.alias(), sa.bindparam("head", type_=sa.Text)
    xid = sa.select(there.c.xid).where(there.c.id == id).scalar_subquery()
    return _entries(sa.tuple_(xid, id) < _PLACE)


def _append() -> Any:
    add = insert(audit_seals).from_select([*_SEAL], sa.select(*rows(_SEAL).c))
    return add.on_conflict_do_nothing()


def _links() -> sa.Select[Any]:
    """$1: after which number, $2: the limit. Returns the seal, its entry's xid, and the entry."""
    seal = (_S.number, _S.entry_id, _S.hash)
    joined = audit_seals.outerjoin(audit_entries, _E.id == _S.entry_id)
    wanted = sa.select(*seal, sa.cast(_E.xid, sa.Text), *_ENTRY).select_from(joined)
    after = sa.bindparam("after", type_=sa.BigInteger)
    return wanted.where(_S.number > after).order_by(_S.number).limit(_LIMIT)


def _stray() -> sa.Select[Any]:
    """$1, $2: behind which place, $3, $4: up to which."""
    places = [
        sa.tuple_(
            sa.cast(sa.bindparam(f"{name}_xid", type_=sa.Text), Xid8()),
            sa.bindparam(f"{name}_id", type_=sa.Text),
        )
        for name in ("after", "to")
    ]
    sealed = sa.exists().where(_S.entry_id == _E.id)
    within = (places[0] < _PLACE, places[1] >= _PLACE, ~sealed)
    return sa.select(_E.id).where(*within).order_by(_E.xid, _E.id).limit(sa.literal_column("1"))


def _tail() -> sa.Select[int, Any]:
    """Returns how many, and the oldest's time."""
    there = audit_entries.alias()
    last = sa.select(_S.entry_id).order_by(_S.number.desc()).limit(sa.literal_column("1")).scalar_subquery()
    xid = sa.select(there.c.xid).where(there.c.id == last).scalar_subquery()
    nothing = sa.cast(sa.literal_column("'0'"), Xid8())
    head = sa.tuple_(sa.func.coalesce(xid, nothing), sa.func.coalesce(last, sa.literal_column("''")))
    return sa.select(sa.func.count(), sa.func.min(_E.created_at)).where(head < _PLACE)


_HEAD = statement(
    "", sa.select(_S.number, _S.entry_id, _S.hash).order_by(_S.number.desc()).limit(sa.literal_column("1"))
)
_FIRST, _BEHIND = statement("", _entries(), "limit"), statement("", _behind(), "head", "limit")
_APPEND, _TAIL = statement("", _append(), *_SEAL), statement("", _tail())
_LINKS = statement("", _links(), "after", "limit")
_STRAY = statement("", _stray(), "after_xid", "after_id", "to_xid", "to_id")
