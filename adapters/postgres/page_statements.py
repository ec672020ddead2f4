"""The statements of lists: a page of rows, and whether a cursor is one of them."""

from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw

from adapters.postgres.line import Statement
from adapters.postgres.rows import flatten
from adapters.postgres.sql import statement
from adapters.postgres.tables import TABLES, api_keys, endpoints, events, operations, payments
from core.domain.endpoint import Endpoint
from core.domain.event import Event
from core.domain.merchant import ApiKey
from core.domain.operation import Cause, Kind, Operation
from core.domain.order import Order
from core.domain.payment import Payment

Condition = sa.ColumnElement[bool]


class Direction(StrEnum):
    """Where a page is: at the newest, older than a cursor, or next newer than one."""

    NEWEST = "newest"
    OLDER = "older"
    NEWER = "newer"


# Whoever commits later has a higher xid than any that is listed, so that who follows misses nobody.
_UNDER_WAY: sa.ColumnElement[Any] = sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot())
# What is always so for the rows of a list, besides whose they are.
_LISTED: dict[type, list[Condition]] = {
    Operation: [
        operations.c.kind == raw(f"'{Kind.REFUND}'"),
        operations.c.cause != raw(f"'{Cause.REVERSAL}'"),
    ],
    Endpoint: [endpoints.c.deleted_at.is_(None)],
    Event: [events.c.xid < _UNDER_WAY],
}
# What a list is sorted by, where ids do not sort by the time they were made.
_PLACES: dict[type, list[sa.Column[Any]]] = {
    Event: [events.c.xid, events.c.id],
    ApiKey: [api_keys.c.created_at, api_keys.c.id],
}
_BOUNDS: dict[str, Condition] = {
    "created_from": payments.c.created_at >= sa.bindparam("created_from", type_=sa.DateTime(timezone=True)),
    "created_to": payments.c.created_at < sa.bindparam("created_to", type_=sa.DateTime(timezone=True)),
}
# Ids within which the times above lie: the list's own index leads to its beginning and its end.
_AFTER, _BEFORE = "first_id", "end_id"


@cache
def page(kind: type, filters: tuple[str, ...], direction: Direction) -> Statement:
    """$1…: merchant_id, mode, the filters, the cursor unless at the newest, the limit."""
    cursor = () if direction is Direction.NEWEST else ("cursor",)
    long = kind in (Order, Payment) and "order_id" not in filters
    wanted = _of_many(kind, filters, direction) if long else _of_some(kind, filters, direction)
    wanted = wanted.limit(sa.bindparam("limit", type_=sa.Integer))
    return statement("", wanted, "merchant_id", "mode", *filters, *cursor, "limit")


@cache
def has(kind: type, filters: tuple[str, ...]) -> Statement:
    """One row if there is such a row. $1…: merchant_id, mode, the filters, its id."""
    table = TABLES[kind]
    wanted = sa.select(table.c.id).where(*owned(table, filters), table.c.id == _text("cursor"))
    return statement("", wanted, "merchant_id", "mode", *filters, "cursor")


def whole(kind: type) -> sa.Select[Any]:
    return sa.select(*(TABLES[kind].c[flat.name] for flat in flatten(kind)))


def owned(table: sa.Table, filters: tuple[str, ...]) -> list[Condition]:
    return [_condition(table, name) for name in ("merchant_id", "mode", *filters)]


def _condition(table: sa.Table, name: str) -> Condition:
    if name in (_AFTER, _BEFORE):
        bound: Condition = table.c.id > _text(name) if name == _AFTER else table.c.id < _text(name)
        return bound
    return _BOUNDS[name] if name in _BOUNDS else table.c[name] == _text(name)


def _of_many(kind: type, filters: tuple[str, ...], direction: Direction) -> sa.Select[Any]:
    """A stretch of the index that begins with the owner, and in its order: sorted by their ids alone, the planner would
    rather go through everybody's rows, from the newest, until it had found enough of this owner's."""
    table, older = TABLES[kind], direction is not Direction.NEWER
    names = ["merchant_id", "mode", *(name for name in filters if name == "status")]
    columns = [*(table.c[name] for name in names), table.c.id]
    after = [_text(name) for name in filters if name == _AFTER]
    before = [_text(name) for name in filters if name == _BEFORE]
    if direction is not Direction.NEWEST:
        (before if older else after).append(_text("cursor"))
    owner = [_text(name) for name in names]
    first = sa.func.greatest(raw("''"), *after)
    end = sa.func.least(raw("'~'"), *before)
    others = [_condition(table, name) for name in filters if name not in (*names, _AFTER, _BEFORE)]
    stretch = (sa.tuple_(*columns) > sa.tuple_(*owner, first), sa.tuple_(*columns) < sa.tuple_(*owner, end))
    return whole(kind).where(*stretch, *others).order_by(*_sorted(columns, older))


def _of_some(kind: type, filters: tuple[str, ...], direction: Direction) -> sa.Select[Any]:
    table, older = TABLES[kind], direction is not Direction.NEWER
    place = _PLACES.get(kind, [table.c.id])
    wanted = whole(kind).where(*owned(table, filters)).order_by(*_sorted(place, older))
    if kind is Event and direction is Direction.OLDER:
        return wanted.where(sa.tuple_(*place) < _settled_cursor())
    wanted = wanted.where(*_LISTED.get(kind, []))
    if direction is Direction.NEWEST:
        return wanted
    here = sa.tuple_(*(_of_cursor(table, column.name) for column in place[:-1]), _text("cursor"))
    return wanted.where(sa.tuple_(*place) < here if older else sa.tuple_(*place) > here)


def _settled_cursor() -> Any:
    """The cursor's place, or the one behind which nothing may be listed yet. As one bound: of two the index takes the
    first, and goes through all that lies between them."""
    xid = _of_cursor(events, "xid")
    id = sa.case((xid < _UNDER_WAY, _text("cursor")), else_=raw("''"))
    return sa.tuple_(sa.func.least(xid, _UNDER_WAY), id)


def _of_cursor(table: sa.Table, column: str) -> Any:
    there = table.alias()
    return sa.select(there.c[column]).where(there.c.id == _text("cursor")).scalar_subquery()


def _sorted(columns: list[Any], older: bool) -> list[Any]:
    return [column.desc() if older else column for column in columns]


def _text(name: str) -> Any:
    return (
        sa.collate(sa.bindparam(name, type_=sa.Text), "C")
        if name in _BY_BYTES
        else sa.bindparam(name, type_=sa.Text)
    )


# As ids are compared, whatever the database's own way is.
_BY_BYTES = {_AFTER, _BEFORE, "cursor"}
