"""What waits for its turn in the virtual loop: callbacks, futures and tasks."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class Handle:
    """A callback that waits for its turn; as much of `asyncio.TimerHandle` as asyncio itself uses."""

    __slots__ = ("_when", "args", "callback", "context", "is_cancelled")

    def __init__(
        self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context, when: float
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.is_cancelled = False
        self._when = when

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self._when


class Future(asyncio.Future[Any]):
    """A future whose place in a set follows from when it was made, not from where it lies in memory."""

    number = 0

    def __hash__(self) -> int:
        return self.number


class Task(asyncio.Task[Any]):
    """As `Future`; numbered before anything else, since it joins the set of all tasks as it is made."""

    def __init__(self, coro: Coroutine[Any, Any, Any], number: int, **options: Any) -> None:
        self.number = number
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self.number
