"""Classic bugs, planted one at a time, to prove that the simulation finds what it looks for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from tests.simulation import planted_in_events, planted_in_jobs, planted_in_money

# What is replaced by what: (where, name, replacement).
Patches = list[tuple[Any, str, Any]]


@dataclass(frozen=True)
class Bug:
    """`name` says what is wrong, `patches` makes it so."""

    name: str
    patches: Callable[[], Patches]

    @contextmanager
    def planted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for where, name, replacement in self.patches():
                stack.enter_context(patch.object(where, name, replacement))
            yield


BUGS = tuple(
    Bug((function.__doc__ or "").strip().rstrip("."), function)
    for module in (planted_in_money, planted_in_jobs, planted_in_events)
    for function in module.BUGS
)
