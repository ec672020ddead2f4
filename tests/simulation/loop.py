"""An event loop in which nothing waits: time jumps to the next timer, and all happens in one order."""

import asyncio
import heapq
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn

from tests.simulation.futures import Future, Handle, Task

# Ten times what any of 500 healthy histories needed: 23,531 and 571.
MAX_STEPS = 250_000
MAX_STEPS_AT_ONCE = 6_000
ROUNDS = 20
MANY_TASKS = 200


class Owner:
    """A process as its loop sees it: while it does not run, all that it would do is put aside."""

    name = ""

    def __init__(self) -> None:
        self.runs = True
        self.aside: list[Handle] = []


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


class Deadlock(Exception):
    """Somebody waits for what nothing will bring about any more."""


class Livelock(Exception):
    """More steps than any history needs, in all or while time stands still."""


class VirtualLoop(asyncio.AbstractEventLoop):
    """No threads, no files, no sockets. What goes unhandled is kept in `accidents`."""

    def __init__(self) -> None:
        self.accidents: list[str] = []
        self.steps = 0
        self._steps_before = 0  # before this moment
        self._now = 0.0
        self._ready: deque[Handle] = deque()
        self._timers: list[tuple[float, int, Handle]] = []
        self._order = 0
        self._tasks: list[Task] = []
        self._many_tasks = MANY_TASKS
        self._stopped: dict[int, Owner] = {}
        self._is_closed = False

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run `main` to its end, then end every task that is left, whosoever it is."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(main)
            self._run_until(task)
            return task.result()
        finally:
            try:
                self._end_tasks()
            finally:
                self._is_closed = True
                asyncio._set_running_loop(None)

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = Handle(callback, args, context or copy_context(), self._now)
        self._ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = Handle(callback, args, context or copy_context(), when)
        self._order += 1
        heapq.heappush(self._timers, (when, self._order, handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        self._order += 1
        future = Future(loop=self)
        future.number = self._order
        return future

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> Task:
        self._order += 1
        task = Task(coro, self._order, loop=self, name=name, context=context)
        if (
            len(self._tasks) >= self._many_tasks
        ):  # the done ones are let go, or the collector has to find them
            self._tasks = [task for task in self._tasks if not task.done()]
            self._many_tasks = MANY_TASKS + 2 * len(self._tasks)
        self._tasks.append(task)
        return task

    def resume(self, owner: Owner) -> None:
        """What was put aside happens now."""
        owner.runs = True
        self._ready.extend(owner.aside)
        owner.aside.clear()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.accidents.append(f"{context.get('message')}: {context.get('exception')!r}")

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self._is_closed

    def is_closed(self) -> bool:
        return self._is_closed

    def _timer_handle_cancelled(self, handle: object) -> None: ...

    def _run_until(self, task: Task) -> None:
        ready = self._ready
        while not task.done():
            if not ready and not self._advance():
                raise Deadlock("nothing is left that could happen")
            handle = ready.popleft()
            self._step(handle)
            if self.steps - self._steps_before > MAX_STEPS_AT_ONCE or self.steps > MAX_STEPS:
                self._stop_at(handle)

    def _stop_at(self, handle: Handle) -> NoReturn:
        owner, task = handle.context.get(OWNER), getattr(handle.callback, "__self__", None)
        who = owner.name if owner is not None else "the world"
        what = task.get_coro().__qualname__ if isinstance(task, Task) else handle.callback.__name__
        at_once = self.steps - self._steps_before
        raise Livelock(f"{self.steps} steps, {at_once} of them at {self._now:.0f} s; {who} is in {what}")

    def _step(self, handle: Handle) -> None:
        if handle.is_cancelled:
            return
        owner = handle.context.get(OWNER)
        if owner is not None and not owner.runs:
            owner.aside.append(handle)
            self._stopped[id(owner)] = owner
            return
        self.steps += 1
        try:
            handle.context.run(handle.callback, *handle.args)
        except Exception as error:
            self.call_exception_handler({"message": "a callback failed", "exception": error})

    def _advance(self) -> bool:
        """Go to the next moment at which something is due; False when there is none."""
        timers = self._timers
        while timers and timers[0][2].is_cancelled:
            heapq.heappop(timers)
        if not timers:
            return False
        self._now, self._steps_before = max(self._now, timers[0][0]), self.steps
        while timers and timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(timers)[2])
        return True

    def _end_tasks(self) -> None:
        """Cancel whoever is left, the dead as well: a task that is thrown away half done would complain."""
        for _ in range(ROUNDS):
            left = [task for task in self._tasks if not task.done()]
            if not left:
                return
            for owner in self._stopped.values():
                self.resume(owner)
            for task in left:
                task.cancel()
            while self._ready:
                self._step(self._ready.popleft())
        raise Livelock(f"{len(left)} tasks do not end: {left[0]!r}")
