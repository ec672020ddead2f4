"""How the fields of an aggregate become a table, and what else a table can be told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

from adapters.postgres.partitions import Partitioned
from adapters.postgres.rows import Flat

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Xid8(UserDefinedType[str]):
    """The number of a transaction, which never wraps around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def sql_type(flat: Flat) -> sa.types.TypeEngine[Any]:
    if flat.type is datetime:
        return sa.DateTime(timezone=True)
    if flat.type in (int, bool):
        return sa.BigInteger() if flat.type is int else sa.Boolean()
    if flat.type in (dict, tuple):
        return JSONB()
    # Ids compare by bytes, as Python sorts them, so that rows are locked in the order in which they are sent.
    return sa.Text(collation="C" if flat.name == "id" or flat.name.endswith("_id") else None)


def table(
    name: str, flats: Sequence[Flat], *rules: Any, fill: int | None = None, defaults: Mapping[str, str] = {},
    parts: Partitioned | None = None,
) -> sa.Table:  # fmt: skip
    """Rows that change find room on their own page, so that no index has to learn where they went: a page is filled
    with so many percent of new rows.

    `defaults` are for processes of the release before, which do not know the column.
    """
    columns = [
        sa.Column(
            flat.name, sql_type(flat), primary_key=flat.name == "id", nullable=flat.nullable,
            server_default=defaults.get(flat.name),
        )
        for flat in flats
    ]  # fmt: skip
    one_of = [
        check(flat.name, f"{flat.name} IN ({quoted(list(flat.type))})")
        for flat in flats
        if issubclass(flat.type, StrEnum)
    ]
    if parts is None:
        room = {"fillfactor": fill} if fill else {}
        return sa.Table(name, metadata, *columns, *one_of, *rules, postgresql_with=room)
    divided = sa.Table(name, metadata, *columns, *one_of, *rules, postgresql_partition_by="RANGE (id)")
    _then(divided, parts.make_rest())
    return divided


def quoted(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


def check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)


def child_of(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"])


def append_only(to: sa.Table, *before: str) -> None:
    """Whoever owns the table could still take the triggers away; the chain of seals tells on them."""
    triggers = [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {to.name}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {to.name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ]
    _then(to, (*before, *triggers))


def _then(made: sa.Table, statements: Iterable[str]) -> None:
    for statement in statements:
        sa.event.listen(made, "after_create", sa.DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]  # in SQLAlchemy
