"""From SQLAlchemy Core to a statement whose text is made once."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Executable, FromClause, Table, bindparam, column, func, select
from sqlalchemy import literal_column as raw
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import CTE, TableValuedAlias
from sqlalchemy.types import TypeEngine

from adapters.postgres.line import Statement

_DIALECT = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # in SQLAlchemy
SECOND: ColumnElement[Any] = raw("interval '1 second'")
NOW = func.now()


def statement(name: str, core: Executable, *parameters: str) -> Statement:
    """The statement under that name, its parameters numbered in the order given here."""
    compiled = core.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # whatever can be executed has it
    assert isinstance(compiled, SQLCompiler)
    places = compiled.positiontup or []
    assert {*places} == {*parameters}, (name, places)
    numbered = re.sub(
        r"\$(\d+)", lambda number: f"${parameters.index(places[int(number[1]) - 1]) + 1}", str(compiled)
    )
    return Statement(name.encode(), numbered.encode())


def rows(columns: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """The rows sent as one array per column, called `v`."""
    arrays = (bindparam(name, type_=ARRAY(type)) for name, type in columns.items())
    names = (column(name, type) for name, type in columns.items())
    return func.unnest(*arrays).table_valued(*names).render_derived(name="v")


def locked(table: Table, sent: FromClause, condition: ColumnElement[bool], *, share: bool = False) -> CTE:
    """Those of the sent rows whose row in the table fits, locked one after the other by id.

    Two writers that lock in one order never wait for each other in a circle.
    """
    fitting = select(*sent.c).select_from(table.join(sent, condition)).order_by(table.c.id)
    return fitting.with_for_update(of=table, read=share, key_share=not share).cte("locked")


def seconds(of: ColumnElement[Any]) -> ColumnElement[Any]:
    return of * SECOND
