"""Columns of values as PostgreSQL arrays, made a column at a time: psycopg's dumper takes 40 times as long.

Most travel as text, which is one join. What would have to be escaped there is sent in the binary format
(array_recv in PostgreSQL's utils/adt/arrayfuncs.c): the bodies of events and answers are full of quotes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Any

from core.domain.json_text import to_json_bytes

Dump = Callable[[Sequence[Any]], bytes]

_TEXT, _JSONB = 25, 3802  # oids of types, see pg_type
_JSONB_VERSION = b"\x01"
_HEAD = Struct(">iiiii").pack  # one dimension, whether any is NULL, the type's oid, how many, counted from 1
_LENGTH = Struct(">i").pack
_NULL = _LENGTH(-1)


class Binary(bytes):
    """A parameter in PostgreSQL's binary format."""


def texts(values: Sequence[str | None]) -> bytes:
    if None in values:
        return _nulls(len(values)) if values.count(None) == len(values) else _binary(_TEXT, _encoded(values))
    joined = '","'.join(values)  # type: ignore[arg-type]  # None has been looked for
    if "\\" in joined or joined.count('"') != 2 * max(0, len(values) - 1):
        return _binary(_TEXT, _encoded(values))
    return b'{"%s"}' % joined.encode() if values else b"{}"


def numbers(values: Sequence[float | None]) -> bytes:
    """Integers, floats and truths alike: Python and PostgreSQL write them the same way."""
    return b"{%s}" % str(list(values))[1:-1].replace("None", "NULL").encode()


def times(values: Sequence[datetime | None]) -> bytes:
    return b"{%s}" % ",".join(map(_time, values)).encode()


def jsons(values: Sequence[Any]) -> bytes:
    return _binary(_JSONB, [_JSONB_VERSION + to_json_bytes(value) for value in values])


def one(value: str | float | datetime | None) -> bytes | None:
    """A single value, not in an array."""
    if value is None:
        return None
    if isinstance(value, str):
        assert "\0" not in value, "libpq would cut it off there"
        return value.encode()
    return str(value).encode()


@lru_cache(maxsize=10_000)
def _time(value: datetime | None) -> str:
    """All that happens in a block happens at one time."""
    return "NULL" if value is None else f'"{value}"'


@lru_cache(maxsize=1_000)
def _nulls(count: int) -> bytes:
    return b"{%s}" % b",".join([b"NULL"] * count)


def _encoded(values: Sequence[str | None]) -> list[bytes | None]:
    return [None if value is None else value.encode() for value in values]


def _binary(oid: int, values: Sequence[bytes | None]) -> bytes:
    if not values:
        return b"{}"
    parts = [_HEAD(1, None in values, oid, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts += (_LENGTH(len(value)), value)
    return Binary(b"".join(parts))
