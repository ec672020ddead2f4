"""Columns of values as PostgreSQL array literals, made a column at a time: psycopg's dumper takes 40 times as long."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

# One encoder for all: making one costs more than a row. No row holds itself.
_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
Dump = Callable[[Sequence[Any]], bytes]


def texts(values: Sequence[str | None]) -> bytes:
    if None in values:
        return _array("NULL" if value is None else _quoted(value) for value in values)
    joined = '","'.join(values)  # type: ignore[arg-type]  # None has been looked for
    if "\\" in joined or joined.count('"') != 2 * max(0, len(values) - 1):
        return _array(map(_quoted, values))  # type: ignore[arg-type]  # as above
    return b'{"%s"}' % joined.encode() if values else b"{}"


def numbers(values: Sequence[float | None]) -> bytes:
    """Integers, floats and truths alike: Python and PostgreSQL write them the same way."""
    return b"{%s}" % str(list(values))[1:-1].replace("None", "NULL").encode()


def times(values: Sequence[datetime | None]) -> bytes:
    return _array(map(_time, values))


def jsons(values: Sequence[Any]) -> bytes:
    return texts(list(map(_json, values)))


def one(value: str | float | datetime | None) -> bytes | None:
    """A single value, not in an array."""
    assert not isinstance(value, str) or "\0" not in value, "libpq would cut it off there"
    return None if value is None else str(value).encode()


@lru_cache(maxsize=10_000)
def _time(value: datetime | None) -> str:
    """All that happens in a block happens at one time."""
    return "NULL" if value is None else f'"{value}"'


def _array(elements: Any) -> bytes:
    return b"{%s}" % ",".join(elements).encode()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
