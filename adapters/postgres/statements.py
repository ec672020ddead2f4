"""The statements of groups and reads. Each takes any number of rows, sorted by id."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.line import Statement
from adapters.postgres.partitions import PARTITIONED
from adapters.postgres.rows import Flat, flatten
from adapters.postgres.schema import sql_type
from adapters.postgres.sql import NOW, locked, rows, statement
from adapters.postgres.tables import TABLES
from adapters.unit_of_work.finals import final_fields
from core.domain.idempotency import KEEP_HOURS, KeyRecord

BEGIN = Statement(b"begin", b"BEGIN ISOLATION LEVEL READ COMMITTED")
XID = Statement(b"xid", b"SELECT pg_current_xact_id()::text")
COMMIT = Statement(b"commit", b"COMMIT")
ROLLBACK = Statement(b"rollback", b"ROLLBACK")
FATE = Statement(b"", b"SELECT pg_xact_status($1::xid8)")

IN_PARTITIONS = {
    kind for kind, table in TABLES.items() if table.name in {parts.name for parts in PARTITIONED}
}

_FIRST_KEY: sa.ColumnElement[Any] = raw("($1::text[])[1]")
_LAST_KEY: sa.ColumnElement[Any] = raw("($1::text[])[cardinality($1::text[])]")
_KEPT: sa.ColumnElement[Any] = raw(f"interval '{KEEP_HOURS} hours'")


@cache
def changing(kind: type) -> tuple[Flat, ...]:
    """The columns that an update sends: the id, and what the domain may change."""
    for_life = final_fields(kind) - {"id"}
    return tuple(flat for flat in flatten(kind) if flat.path.partition(".")[0] not in for_life)


@cache
def read(kind: type, column: str) -> Statement:
    """Rows in `flatten`'s order. $1: the keys, sorted."""
    table = TABLES[kind]
    wanted = sa.select(*(table.c[flat.name] for flat in flatten(kind)))
    keys = sa.bindparam("keys", type_=sa.ARRAY(sa.Text))
    wanted = wanted.where(table.c[column] == sa.any_(keys)).order_by(table.c.id)
    if column == "id" and kind in IN_PARTITIONS:
        # An array tells the planner nothing, its ends do: it reads only the partitions between them.
        wanted = wanted.where(table.c.id >= _FIRST_KEY, table.c.id <= _LAST_KEY)
    if kind is KeyRecord:
        wanted = wanted.where(table.c.created_at >= NOW - _KEPT)
    return statement(f"read_{table.name}_by_{column}", wanted, "keys")


@cache
def update_of(kind: type) -> Statement:
    """Returns the ids of those that were at the version before. $n: the columns of `changing`."""
    table = TABLES[kind]
    columns = {flat.name: sql_type(flat) for flat in changing(kind)}
    sent = rows(columns)
    fits = sa.and_(table.c.id == sent.c.id, table.c.version == sent.c.version - raw("1"))
    new = locked(table, sent, fits)
    values = {name: new.c[name] for name in columns if name != "id"}
    change = sa.update(table).values(values).where(table.c.id == new.c.id).returning(table.c.id)
    return statement(f"update_{table.name}", change, *columns)


@cache
def insert_of(kind: type) -> Statement:
    """Returns the ids of those that broke no uniqueness. $n: the columns of `flatten`."""
    table = TABLES[kind]
    columns = {flat.name: sql_type(flat) for flat in flatten(kind)}
    add = insert(table).from_select([*columns], sa.select(*rows(columns).c))
    return statement(f"insert_{table.name}", add.on_conflict_do_nothing().returning(table.c.id), *columns)


@cache
def update_one_of(kind: type) -> Statement:
    """As `update_of`, for a single row. $n: the columns of `changing`."""
    table, columns = TABLES[kind], changing(kind)
    new = {flat.name: sa.bindparam(f"new_{flat.name}", type_=sql_type(flat)) for flat in columns}
    fits = sa.and_(table.c.id == new["id"], table.c.version == new["version"] - raw("1"))
    values = {name: value for name, value in new.items() if name != "id"}
    change = sa.update(table).values(values).where(fits).returning(table.c.id)
    return statement(f"update_one_{table.name}", change, *(value.key for value in new.values()))


@cache
def insert_one_of(kind: type) -> Statement:
    """As `insert_of`, for a single row, which costs PostgreSQL half as much as a set of one. $n: as there."""
    table = TABLES[kind]
    new = {flat.name: sa.bindparam(f"new_{flat.name}", type_=sql_type(flat)) for flat in flatten(kind)}
    add = insert(table).values(new).on_conflict_do_nothing().returning(table.c.id)
    return statement(f"insert_one_{table.name}", add, *(value.key for value in new.values()))


@cache
def guard_of(kind: type, *, share: bool = True) -> Statement:
    """Returns `id version` of those that are so, and keeps them so. $1: ids, $2: versions.

    Without `share` it locks as an update does: for a group that guards some rows of a table and updates others,
    which must all be locked in one go, by id.
    """
    table = TABLES[kind]
    sent = rows({"id": sa.Text(), "version": sa.BigInteger()})
    fits = sa.and_(table.c.id == sent.c.id, table.c.version == sent.c.version)
    kept = locked(table, sent, fits, share=share)
    name = "guard" if share else "lock"
    found = sa.select(sa.func.concat(kept.c.id, raw("' '"), kept.c.version))
    return statement(f"{name}_{table.name}", found, "id", "version")


def _bind_keys() -> Statement:
    """Returns the ids of the keys that were free, or whose record is too old to be looked at."""
    table = TABLES[KeyRecord]
    columns = {flat.name: sql_type(flat) for flat in flatten(KeyRecord)}
    sent = rows(columns)
    values = {name: NOW if name == "created_at" else sent.c[name] for name in columns}
    add = insert(table).from_select([*columns], sa.select(*values.values()))
    add = add.on_conflict_do_update(
        index_elements=[table.c.id],
        set_={name: add.excluded[name] for name in columns if name != "id"},
        where=table.c.created_at < NOW - _KEPT,
    )
    return statement("bind_keys", add.returning(table.c.id), *columns)


BIND_KEYS = _bind_keys()
