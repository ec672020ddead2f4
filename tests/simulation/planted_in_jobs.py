"""Planted bugs that forget work, do it twice, or write what was written."""

from typing import Any

from adapters.memory.jobs import JobRow, MemoryJobs
from adapters.memory.store import MemoryStore
from adapters.unit_of_work.store import Fate
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from adapters.unit_of_work.writer import Writer
from core.domain.errors import LeaseLost, Unavailable
from core.domain.job import Job
from core.domain.payment import Payment
from core.use_cases.jobs import RelayJobs
from core.use_cases.keyed import Keyed
from core.use_cases.process_operation import ProcessOperation

Patches = list[tuple[Any, str, Any]]


def removed_before_commit() -> Patches:
    """The job is removed before the outcome is written."""

    async def close(self: ProcessOperation, job: Job, news: list[Any]) -> None:
        async def first(tx: Any) -> None:
            tx.jobs.done(job)

        async def then(tx: Any) -> None:
            for operation_id, outcome in news:
                await self.settle(tx, operation_id, outcome)

        await self.uow.run(first)
        await self.uow.run(then)

    return [(ProcessOperation, "_close", close)]


def lease_ignored() -> Patches:
    """Whoever has worked on a job may close it, whosever it is by now."""
    claim = MemoryJobs.claim

    async def take(self: MemoryJobs, tickets: Any, *, lease_s: float) -> list[Job]:
        rows = [row for ticket in tickets if (row := self._by_id.get(ticket.job_id)) is not None]
        return await claim(self, [row.job.ticket for row in rows], lease_s=lease_s)

    def held(self: MemoryJobs, job: Job) -> JobRow:
        row = self._by_id.get(job.id)
        if row is None:
            raise LeaseLost(job.id)
        return row

    return [(MemoryJobs, "claim", take), (MemoryJobs, "_held", held)]


def no_relay() -> Patches:
    """Nobody looks for jobs whose message was lost."""

    async def nothing(self: RelayJobs) -> int:
        return 0

    return [(RelayJobs, "__call__", nothing)]


def written_twice() -> Patches:
    """A commit whose answer was lost is written again, and a key that is taken does not stop it."""
    run, store_write, write = OptimisticUnitOfWork.run, MemoryStore._write, Writer._write

    async def stubborn(self: OptimisticUnitOfWork, block: Any, **more: Any) -> Any:
        for _ in range(3):
            try:
                return await run(self, block, **more)
            except Unavailable as error:
                if error.reason != "outcome_unknown":
                    raise
        raise Unavailable("database_unavailable", "No answer.")

    def blind(self: MemoryStore, changes: Any) -> None:
        changes.binds = [record for record in changes.binds if self.rows.get(type(record), record.id) is None]
        store_write(self, changes)

    async def forgetful(self: Writer, group: Any) -> None:
        self._store = Unsure(self._store) if not isinstance(self._store, Unsure) else self._store
        await write(self, group)

    return [
        (OptimisticUnitOfWork, "run", stubborn), (MemoryStore, "_write", blind), (Writer, "_write", forgetful),
    ]  # fmt: skip


def key_bound_afterwards() -> Patches:
    """The idempotency key is written in a block of its own, after the commit."""
    run, bind = OptimisticUnitOfWork.run, Keyed.bind

    def keep(self: Keyed[Any], tx: Any, made: Any, id: str) -> None:
        tx.keys.late = (self, made, id)

    async def bind_then(self: OptimisticUnitOfWork, block: Any, **more: Any) -> Any:
        late: list[Any] = []

        async def watched(tx: Any) -> Any:
            made = await block(tx)
            late[:] = [getattr(tx.keys, "late", None)]
            return made

        made = await run(self, watched, **more)
        if late[0] is not None:
            async with self.begin() as tx:
                bind(late[0][0], tx, *late[0][1:])
        return made

    return [(OptimisticUnitOfWork, "run", bind_then), (Keyed, "bind", keep)]


def lost_update() -> Patches:
    """Payments are written whether or not they have changed since they were read."""
    expect = MemoryStore._expect

    def lenient(self: MemoryStore, entity: Any, version: int) -> None:
        if not isinstance(entity, Payment):
            expect(self, entity, version)

    return [(MemoryStore, "_expect", lenient)]


class Unsure:
    """A store that never finds out what became of a commit."""

    def __init__(self, store: Any) -> None:
        self.read, self.write = store.read, store.write

    async def fate(self, ticket: str) -> Fate:
        return Fate.UNKNOWN


BUGS = (
    removed_before_commit, lease_ignored, no_relay, written_twice, key_bound_afterwards, lost_update,
)  # fmt: skip
