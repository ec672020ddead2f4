"""The ends of many waits of one length, under one timer."""

import asyncio
from collections import deque
from collections.abc import Callable


class Deadline:
    """Until it is called off, `late` is called when its time has come; it may be told to call another."""

    __slots__ = ("at", "late")

    def __init__(self, at: float, late: Callable[[], None]) -> None:
        self.at = at
        self.late: Callable[[], None] | None = late

    def call_off(self) -> None:
        self.late = None  # and whatever it holds


class Deadlines:
    """All waits are of `length_s`, so that who began first ends first. A timer of the loop for each of them would
    cost as much as a read; this is an entry in a queue."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._queue: deque[Deadline] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, late: Callable[[], None]) -> Deadline:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what waited on another waits no more
            self._queue.clear()
            self._loop, self._timer = loop, None
        deadline = Deadline(loop.time() + self._length_s, late)
        self._queue.append(deadline)
        if self._timer is None:
            self._timer = loop.call_at(deadline.at, self._pass)
        return deadline

    def _pass(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._queue and (self._queue[0].late is None or self._queue[0].at <= now):
            late = self._queue.popleft().late
            if late is not None:
                late()
        self._timer = loop.call_at(self._queue[0].at, self._pass) if self._queue else None
