"""JSON as the gateway writes it: compact, and in UTF-8."""

from typing import Any

import orjson

# It would write dataclasses and times in a form of its own; how ours look is for `snapshot` to say.
_NOTHING_ELSE = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_IN_ORDER = _NOTHING_ELSE | orjson.OPT_SORT_KEYS


def to_json(value: Any) -> str:
    """Raises TypeError for integers beyond 64 bits, for names that are no text, and for what has no form in JSON.

    Enums are written as their values; a float that is no number would be written as null: we have none.
    """
    return orjson.dumps(value, option=_NOTHING_ELSE).decode()


def to_json_bytes(value: Any) -> bytes:
    """The same, for who sends it on."""
    return orjson.dumps(value, option=_NOTHING_ELSE)


def to_sorted_json(value: Any) -> str:
    """The same, with the names of every object in the order of their code points."""
    return orjson.dumps(value, option=_IN_ORDER).decode()
