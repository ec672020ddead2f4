"""The group commit: while one transaction is in flight, finished blocks gather for the next."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from adapters.unit_of_work.deadlines import Deadline
from adapters.unit_of_work.store import AnswerLost, Changes, Fate, GroupFailed, Rejected, Store
from core.domain.errors import Unavailable

GROUP_LIMIT = 256
QUEUE_LIMIT = 2_000


@dataclass(slots=True, eq=False)
class _Waiting:
    changes: Changes
    changed: set[object]
    guarded: set[object]
    outcome: asyncio.Future[None]
    in_flight: bool = False

    def give_up(self) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(_unknown() if self.in_flight else _not_written())


class Writer:
    """One per process. With nobody else waiting a block is written at once: no timer, no added latency."""

    def __init__(self, store: Store, committed: Callable[[Changes], None]) -> None:
        self._store = store
        self._committed = committed
        self._queue: deque[_Waiting] = deque()
        self._running: asyncio.Task[None] | None = None

    async def write(self, changes: Changes, deadline: Deadline) -> None:
        """Returns when it is committed. Raises as `UnitOfWork` says."""
        if len(self._queue) >= QUEUE_LIMIT:
            raise Unavailable("overloaded", "The gateway is busy. Repeat the request shortly.")
        loop = asyncio.get_running_loop()
        if loop.time() >= deadline.at:
            raise _not_written()
        waiting = _Waiting(changes, changes.changed(), changes.guarded(), loop.create_future())
        self._queue.append(waiting)
        if self._running is None:
            self._running = loop.create_task(self._serve())
        deadline.late = waiting.give_up
        try:
            await waiting.outcome
        finally:
            deadline.call_off()

    async def _serve(self) -> None:
        try:
            while self._queue:
                group = self._gather()
                for waiting in group:
                    waiting.in_flight = True
                if group:
                    await self._write(group)
        finally:
            self._running = None

    def _gather(self) -> list[_Waiting]:
        """The next blocks that do not touch what another of the group changes; the others keep their place."""
        group: list[_Waiting] = []
        changed: set[object] = set()
        guarded: set[object] = set()
        left: list[_Waiting] = []
        while self._queue and len(group) < GROUP_LIMIT:
            next_ = self._queue.popleft()
            if next_.outcome.done():
                continue  # it gave up waiting, so it must not be written any more
            apart = changed.isdisjoint(next_.changed | next_.guarded) and guarded.isdisjoint(next_.changed)
            (group if apart else left).append(next_)
            if apart:
                changed |= next_.changed
                guarded |= next_.guarded
        self._queue.extendleft(reversed(left))
        return group

    async def _write(self, group: list[_Waiting]) -> None:
        """Write the group; those who cannot commit are found out and fail alone."""
        while group:
            try:
                await self._store.write([waiting.changes for waiting in group])
            except Rejected as rejected:
                for index, error in rejected.failures.items():
                    _settle(group[index], error)
                group = [waiting for i, waiting in enumerate(group) if i not in rejected.failures]
            except GroupFailed as failed:
                if len(group) == 1:
                    return _settle(group[0], failed.error)
                half = len(group) // 2
                await self._write(group[:half])
                group = group[half:]
            except AnswerLost as lost:
                fate = await self._store.fate(lost.ticket)
                if fate is Fate.COMMITTED:
                    return self._succeed(group)
                if fate is Fate.UNKNOWN:
                    return _fail(group, _unknown())
                # Aborted for certain: written again, but only for those who still wait for it.
                group = [waiting for waiting in group if not waiting.outcome.done()]
            except Exception as error:
                return _fail(group, error)
            else:
                return self._succeed(group)
        return None

    def _succeed(self, group: list[_Waiting]) -> None:
        for waiting in group:
            _settle(waiting, None)
        for waiting in group:  # those who wait go first
            self._committed(waiting.changes)


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.outcome.done():
        return
    if error is None:
        waiting.outcome.set_result(None)
    else:
        waiting.outcome.set_exception(error)


def _fail(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        _settle(waiting, error)


def _unknown() -> Unavailable:
    return Unavailable(
        "outcome_unknown",
        "The database did not confirm in time; the outcome may be unknown. "
        "Repeat the request with the same Idempotency-Key, or look before repeating it without one.",
    )


def _not_written() -> Unavailable:
    return Unavailable(
        "database_unavailable", "The database did not answer in time. Nothing was written; send it again."
    )
