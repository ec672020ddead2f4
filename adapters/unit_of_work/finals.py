"""What the domain declares `Final`: born with an aggregate, and the same for life."""

from dataclasses import fields
from functools import cache
from typing import Any, Final, get_origin, get_type_hints


@cache
def final_fields(kind: type) -> frozenset[str]:
    """Their names; an update does not send them."""
    hints = get_type_hints(kind)
    declared: Any = kind
    return frozenset(each.name for each in fields(declared) if get_origin(hints[each.name]) is Final)
