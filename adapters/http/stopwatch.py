"""How long each phase of an exchange took."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_running: ContextVar["Stopwatch | None"] = ContextVar("stopwatch", default=None)


class Stopwatch:
    """`laps` are whole milliseconds by phase, of the phases that came to an end."""

    def __init__(self) -> None:
        self._now_s = asyncio.get_running_loop().time
        self._began_s = self._since_s = self._now_s()
        self.laps: dict[str, int] = {}

    @property
    def total_ms(self) -> int:
        return round((self._now_s() - self._began_s) * 1000)

    def lap(self, phase: str) -> None:
        now_s = self._now_s()
        self.laps[phase] = round((now_s - self._since_s) * 1000)
        self._since_s = now_s


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """The watch that `lap` stops, however deep in the libraries that is: they have no place to hand it through."""
    watch = Stopwatch()
    token = _running.set(watch)
    try:
        yield watch
    finally:
        _running.reset(token)


def lap(phase: str) -> None:
    """This phase has ended, if anybody measures."""
    watch = _running.get()
    if watch is not None:
        watch.lap(phase)
