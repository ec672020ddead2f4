"""How many requests are at work at a time: a quick no is better than a yes that comes too late."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Scope

from core.domain.errors import Unavailable

NEVER_SHED = frozenset({"/health", "/health/live"})  # whoever asks for them needs to know just then
MAX_AWAY = 2_500  # the 2,000 of the hub, and 500 who wait for a token


class Overloaded(Unavailable):
    """All seats are taken. Nothing of the request was read, so that nothing came of it."""

    def __init__(self) -> None:
        super().__init__(
            "overloaded",
            "The gateway has more to do than it can. Nothing came of this request;"
            " send it again, with the same Idempotency-Key, after the pause that Retry-After names.",
        )


class Seats:
    """Of one process. Who comes when all are taken is told so at once, and to come again."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._away = 0

    def take(self, scope: Scope) -> None:
        """Raises Overloaded; otherwise to be given back."""
        if self._free <= 0 and scope["path"] not in NEVER_SHED:
            raise Overloaded
        scope["gateway.seats"] = self
        self._free -= 1

    def give_back(self) -> None:
        self._free += 1

    @contextmanager
    def left(self) -> Iterator[None]:
        """Free for others; who comes back finds a place, even if it is one too many.

        Raises Unavailable when too many have left theirs.
        """
        if self._away >= MAX_AWAY:
            raise Unavailable("too_many_waiting", "Too many requests wait for others. Ask again later.")
        self._away += 1
        self._free += 1
        try:
            yield
        finally:
            self._away -= 1
            self._free -= 1


@contextmanager
def waiting_elsewhere(scope: Scope) -> Iterator[None]:
    """Around a wait for somebody else: for a processor, or for a payment to change. Raises Unavailable."""
    seats: Seats = scope["gateway.seats"]
    with seats.left():
        yield
