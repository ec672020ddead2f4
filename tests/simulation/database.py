"""The one database of a history, and a process's connection to it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.memory.audit_chain import MemoryAuditChain
from adapters.memory.jobs import MemoryJobs
from adapters.memory.key_uses import MemoryKeyUses
from adapters.memory.queries import MemoryQueries
from adapters.memory.rows import Rows
from adapters.memory.store import MemoryStore
from adapters.unit_of_work.store import AnswerLost, Changes, Fate, GroupFailed, Rejected
from core.domain.errors import ConcurrentUpdate
from tests.simulation.clocks import WorldClock
from tests.simulation.faults import Strike
from tests.simulation.port import Port, Server

Change = tuple[Any | None, Any]
LOCK_TIMEOUT_S = 0.5
BECOMES = {Strike.ERROR_AFTER: "was done", Strike.LOST: "was undone", Strike.LATE: "hangs"}

Watch = Callable[[list[Change]], None]


class WatchedRows(Rows):
    """Tells of every commit what each row was before and is after."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._changes: list[tuple[int, Change]] = []

    def put(self, entity: Any) -> None:
        before = self.get(type(entity), entity.id)
        place = self.mark()
        super().put(entity)
        self._changes.append((place, (before, self.get(type(entity), entity.id))))

    def rollback(self, mark: int = 0) -> None:
        super().rollback(mark)
        while self._changes and self._changes[-1][0] >= mark:
            self._changes.pop()

    def commit(self) -> None:
        super().commit()
        changes, self._changes = self._changes, []
        if changes:
            self._watch([change for _, change in changes])


class Database(Server):
    """Rows that outlive every process, and what became of commits whose answers were lost."""

    def __init__(self, now: Callable[[], float], clock: WorldClock, watch: Watch) -> None:
        super().__init__("database", now)
        self.store = MemoryStore(clock)
        self.rows = self.store.rows = WatchedRows(watch)
        self.jobs = self.store.jobs = MemoryJobs(self.rows, clock)
        self.queries = MemoryQueries(self.store, clock)
        self.audit_chain = MemoryAuditChain(self.store)
        self.key_uses = MemoryKeyUses()
        self.fates: dict[str, Fate] = {}
        self.known_at: dict[str, float] = {}
        self.locked: set[object] = set()  # by transactions that hang at COMMIT


class Connection(Port):
    """See `adapters.unit_of_work.store.Store`: reads like any port, commits in ways of its own."""

    _server: Database

    async def _call(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if method == "fate":
            return await self._fate(*args)
        return await super()._call(method, args, named)

    async def _act(self, method: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        if method == "write":
            await self._wait_for_locks(args[0])
        try:
            return await super()._act(method, args, named)
        except Rejected as rejected:
            for refusal in rejected.failures.values():
                self._tell(f"may not write: {refusal.reason} {getattr(refusal, 'aggregate', '')}".rstrip())
            raise

    async def _wait_for_locks(self, group: Sequence[Changes]) -> None:
        """Rows of a transaction that hangs at COMMIT are nobody else's until it is decided."""
        if self._server.locked.isdisjoint(_touched(group)):
            return
        await asyncio.sleep(LOCK_TIMEOUT_S)
        if not self._server.locked.isdisjoint(_touched(group)):
            self._tell(f"a group of {len(group)} waits too long for a lock")
            raise GroupFailed(ConcurrentUpdate("rows locked by another transaction"))

    async def _struck(
        self, strike: Strike, method: str, args: tuple[Any, ...], named: Mapping[str, Any]
    ) -> Any:
        if method != "write" or strike in (Strike.CRASH_BEFORE, Strike.CRASH_AFTER, Strike.ERROR_BEFORE):
            return await super()._struck(strike, method, args, named)
        [group] = args
        await self._wait_for_locks(group)
        if strike is Strike.CONFLICT:
            self._tell(f"a group of {len(group)} waits too long for a lock")
            raise GroupFailed(ConcurrentUpdate("rows locked by another transaction"))
        return await self._lose_answer(strike, group)

    async def _lose_answer(self, strike: Strike, group: Sequence[Changes]) -> None:
        """COMMIT was sent: it was done, it was not, or it will be in a while."""
        database = self._server
        ticket = str(len(database.fates))
        self._tell(f"COMMIT {ticket} of a group of {len(group)} is not answered; it {BECOMES[strike]}")
        database.fates[ticket] = Fate.UNKNOWN
        database.known_at[ticket] = self._world.loop.time() + self._world.faults.unknown_s()
        if strike is Strike.LOST:
            database.fates[ticket] = Fate.ABORTED
        elif strike is Strike.LATE:
            database.locked |= _touched(group)
            self._world.later(f"COMMIT {ticket} is done late", lambda: self._commit(ticket, group))
        else:
            await self._commit(ticket, group)
        raise AnswerLost(ticket)

    async def _commit(self, ticket: str, group: Sequence[Changes]) -> None:
        """Raises as a COMMIT does whose rows were taken by others meanwhile."""
        self._server.fates[ticket] = Fate.ABORTED
        self._server.locked -= _touched(group)
        try:
            await self._target().write(group)
        except (Rejected, GroupFailed) as refused:
            self._tell(f"COMMIT {ticket} cannot be done: {refused!r}")
            raise
        self._server.fates[ticket] = Fate.COMMITTED

    async def _fate(self, ticket: str) -> Fate:
        """Never raises."""
        wait_s = self._server.known_at[ticket] - self._world.loop.time()
        if wait_s > 0:
            await asyncio.sleep(min(wait_s, 1.0))
        if wait_s > 1.0 or self._server.is_away():
            return Fate.UNKNOWN
        fate = self._server.fates[ticket]
        self._tell(f"COMMIT {ticket} is said to be {fate}")
        return fate


def _touched(group: Sequence[Changes]) -> set[object]:
    """The rows that a group changes or claims for itself."""
    return set().union(*(changes.changed() | changes.guarded() for changes in group))
