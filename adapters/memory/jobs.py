"""The jobs in memory: the same debts, leases and parking as in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.memory.rows import Rows
from adapters.unit_of_work.store import LEASE_S, NewJob
from core.domain.errors import LeaseLost
from core.domain.job import MAX_FAILURES, Job, JobKind, Ticket
from ports.clock import Clock


@dataclass(slots=True)
class JobRow:
    """One debt. `claimed` tells a claim that may lapse from an announcement that may be lost; `owed_again`
    remembers that it came to be owed once more while somebody was at it."""

    job: Job
    due_at: datetime
    created_at: datetime
    leased_until: datetime | None = None
    claimed: bool = False
    owed_again: bool = False
    parked_at: datetime | None = None
    last_error: str | None = None


class MemoryJobs:
    """See `ports.persistence.Jobs`; the store writes through `put`, `done` and `put_off`."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._undo = rows.on_rollback
        self._clock = clock
        self.rows: dict[tuple[JobKind, str], JobRow] = {}
        self._by_id: dict[str, JobRow] = {}

    async def claim(self, tickets: Sequence[Ticket], *, lease_s: float) -> list[Job]:
        now, claimed = self._clock(), []
        for ticket in tickets:
            row = self._by_id.get(ticket.job_id)
            if row is None or row.job.lease != ticket.lease or row.due_at > now or row.parked_at:
                continue
            row.job = replace(row.job, lease=row.job.lease + 1, tries=row.job.tries + 1)
            row.leased_until, row.claimed = now + timedelta(seconds=lease_s), True
            row.owed_again = False
            claimed.append(row.job)
        return claimed

    async def relay(self, *, lease_s: float, limit: int, lanes: Sequence[str]) -> list[Ticket]:
        now = self._clock()
        tickets: list[Ticket] = []
        for row in sorted(self._by_id.values(), key=lambda row: row.due_at):
            free = row.leased_until is None or row.leased_until < now
            if len(tickets) >= limit or row.due_at > now:
                break
            if row.parked_at or not free or row.job.lane not in lanes:
                continue
            if row.claimed:
                self._count_failure(row, "the lease lapsed: the worker died or hung", now)
                row.claimed = False
            if row.parked_at is None:
                row.leased_until = now + timedelta(seconds=lease_s)
                tickets.append(row.job.ticket)
        return tickets

    async def fail(self, job: Job, error: str, *, after_s: float) -> None:
        row = self._find_held(job)
        if row is not None:
            now = self._clock()
            row.due_at = now + timedelta(seconds=after_s)
            row.leased_until, row.claimed = None, False
            self._count_failure(row, error, now)

    async def release(self, jobs: Sequence[Job], *, after_s: float = 0) -> None:
        for job in jobs:
            row = self._find_held(job)
            if row is not None:
                row.job = replace(row.job, tries=row.job.tries - 1)
                row.due_at = self._clock() + timedelta(seconds=after_s)
                row.leased_until, row.claimed = None, False

    async def replay(self, job_ids: Sequence[str]) -> int:
        parked = [row for id in job_ids if (row := self._by_id.get(id)) and row.parked_at]
        for row in parked:
            row.parked_at, row.job, row.due_at = None, replace(row.job, failures=0), self._clock()
            row.leased_until = None
        return len(parked)

    def put(self, new: NewJob) -> None:
        now = self._clock()
        due_at = now + timedelta(seconds=new.after_s)
        row = self.rows.get((new.kind, new.target_id))
        if row is None:
            leased_until = None if new.after_s > 0 else now + timedelta(seconds=LEASE_S)
            self._insert(JobRow(Job(new.id, new.kind, new.target_id), due_at, now, leased_until))
            return
        self._remember(row)
        row.due_at = min(row.due_at, due_at)
        row.owed_again = row.claimed
        if row.parked_at:
            row.parked_at, row.job = None, replace(row.job, failures=0)

    def done(self, job: Job) -> None:
        row = self._held(job)
        if row.owed_again:
            return self.put_off(job, 0)
        del self.rows[job.kind, job.target_id], self._by_id[job.id]
        self._undo(lambda: self._link(row))
        return None

    def put_off(self, job: Job, after_s: float) -> None:
        row = self._held(job)
        self._remember(row)
        row.due_at = self._clock() + timedelta(seconds=0 if row.owed_again else after_s)
        row.leased_until, row.claimed, row.owed_again = None, False, False

    def _held(self, job: Job) -> JobRow:
        row = self._find_held(job)
        if row is None:
            raise LeaseLost(job.id)
        return row

    def _find_held(self, job: Job) -> JobRow | None:
        """Whoever has put a job off holds it no more, though its number has not changed."""
        row = self._by_id.get(job.id)
        is_held = row is not None and row.job.lease == job.lease and row.leased_until is not None
        return row if is_held else None

    def _insert(self, row: JobRow) -> None:
        self._link(row)
        self._undo(lambda: self._unlink(row))

    def _link(self, row: JobRow) -> None:
        self.rows[row.job.kind, row.job.target_id] = self._by_id[row.job.id] = row

    def _unlink(self, row: JobRow) -> None:
        del self.rows[row.job.kind, row.job.target_id], self._by_id[row.job.id]

    def _remember(self, row: JobRow) -> None:
        before = replace(row)

        def restore() -> None:
            self._link(before)

        self._undo(restore)

    def _count_failure(self, row: JobRow, error: str, now: datetime) -> None:
        row.job = replace(row.job, failures=row.job.failures + 1)
        row.last_error = error
        if row.job.failures >= MAX_FAILURES:
            row.parked_at = now
