"""A dataclass as the columns of a row, and a row as the dataclass again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from threading import local
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import orjson
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult
from psycopg.types.json import set_json_loads

from adapters.postgres.literals import Dump, jsons, numbers, one, texts, times
from core.domain.json_text import to_json_bytes
from core.domain.merchant import Account, Mode
from core.domain.money import Money

Load = Callable[[Sequence[Any]], Any]

_DUMPS: dict[type, Dump] = {
    str: texts, int: numbers, bool: numbers, datetime: times, dict: jsons, tuple: jsons,
}  # fmt: skip


set_json_loads(orjson.loads)


@dataclass(slots=True)
class Flat:
    """One column: its name, the attribute that fills it (`account.mode`) and that attribute's type."""

    name: str
    path: str
    type: type
    nullable: bool = False
    _get: Callable[[Any], Any] = field(init=False, repr=False)
    _write: Dump = field(init=False, repr=False)
    _write_one: Callable[[Any], bytes | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._get = attrgetter(self.path)
        self._write = texts if issubclass(self.type, StrEnum) else _DUMPS[self.type]
        self._write_one = to_json_bytes if self.type in (dict, tuple) else one

    def dump(self, entities: Sequence[Any]) -> bytes:
        """This column of all entities, as an array for PostgreSQL."""
        return self._write(list(map(self._get, entities)))

    def dump_one(self, entity: Any) -> bytes | None:
        """This column of one entity, as a single value."""
        return self._write_one(self._get(entity))


@cache
def flatten(kind: type) -> tuple[Flat, ...]:
    """The columns of a dataclass, in its fields' order: `Money` is two (amount and currency), `Account` two."""
    hints = get_type_hints(kind)
    return tuple(flat for each in fields(kind) for flat in _columns(each.name, *_plain(hints[each.name])))


@cache
def loader(kind: type) -> Load:
    """What makes an entity of a row in `flatten`'s order.

    Written out and compiled once per class, as dataclasses do with `__init__`: it runs for every row that
    is read, and a loop over the fields takes twice as long.
    """
    hints = get_type_hints(kind)
    names: dict[str, Any] = {"kind": kind, "Account": _account, "Money": Money, "tuple": tuple}
    arguments = []
    place = 0
    for each in fields(kind):
        type, nullable = _plain(hints[each.name])
        width = len(_columns(each.name, type, nullable))
        values = ", ".join(f"row[{place + i}]" for i in range(width))
        place += width
        arguments.append(f"{each.name}={_made(each.name, type, values, names)}")
    source = f"lambda row: kind({', '.join(arguments)})"
    made: Load = eval(source, names)  # noqa: S307 - the source is made of our own field names
    return made


def entities(kind: type, result: PGresult) -> list[Any]:
    """The rows of a result whose columns are `flatten`'s, as objects."""
    return _loaded(result, loader(kind))


def values(result: PGresult) -> list[Any]:
    """The rows of any result, as tuples."""
    return _loaded(result, tuple)


class _Reading(local):
    """One transformer for all results, since each would have to find anew how a type is read; one for each thread."""

    def __init__(self) -> None:
        self.rows = Transformer()


_reading = _Reading()


def _loaded(result: PGresult, make: Load) -> list[Any]:
    rows = _reading.rows
    rows.set_pgresult(result)
    try:
        return rows.load_rows(0, result.ntuples, make)
    finally:
        rows.set_pgresult(None)  # which may be large, and hold secrets


def _columns(name: str, type: type, nullable: bool) -> tuple[Flat, ...]:
    if type is Money:
        assert name == "amount" and not nullable, name
        return Flat("amount", "amount.minor", int), Flat("currency", "amount.currency", str)
    if type is Account:
        assert name == "account" and not nullable, name
        return Flat("merchant_id", "account.merchant_id", str), Flat("mode", "account.mode", Mode)
    return (Flat(name, name, type, nullable),)


def _made(name: str, type: type, values: str, names: dict[str, Any]) -> str:
    """The expression that makes one field of its columns' values."""
    if type in (Money, Account):
        return f"{type.__name__}({values})"
    if type is tuple:
        return f"tuple({values})"
    if issubclass(type, StrEnum):
        names[f"{name}_of"] = {None: None, **{str(member): member for member in type}}
        return f"{name}_of[{values}]"
    return values


@lru_cache(maxsize=10_000)
def _account(merchant_id: str, mode: str) -> Account:
    return Account(merchant_id, Mode(mode))


def _plain(hint: Any) -> tuple[type, bool]:
    """`str | None` is a nullable str, `dict[str, str]` a dict, `Final[str]` a str."""
    if get_origin(hint) is Final:
        [hint] = get_args(hint)
    choices = [choice for choice in get_args(hint) if choice is not NoneType]
    nullable = NoneType in get_args(hint)
    hint = choices[0] if nullable else hint
    return get_origin(hint) or hint, nullable
