"""Do what we owe, and find what was forgotten."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from core.domain.errors import Busy, LeaseLost, NotAsked, Unavailable
from core.domain.job import Job, JobKind, Lane, Ticket
from core.use_cases.process_operation import back_off
from ports.job_queue import JobQueue
from ports.persistence import Jobs, UnitOfWork

LEASE_S = 30.0
HANDLER_S = 25.0  # less than the lease, so that a hanging handler ends before another takes over
RELAY_BATCH = 500
MAX_QUEUE = 10_000

# None: the handler closed the job in its last block. A number: nothing was written, try again in so many seconds.
# Unavailable: somebody was silent, try again later and later. NotAsked: nobody was asked, so it was no try.
Handler = Callable[[Job], Awaitable[float | None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunJobs:
    """Claim jobs and run each with its handler; what cannot be claimed was a duplicate and is dropped."""

    uow: UnitOfWork
    jobs: Jobs
    handlers: Mapping[JobKind, Handler]

    async def __call__(self, tickets: Sequence[Ticket]) -> None:
        try:
            claimed = await self.jobs.claim(tickets, lease_s=LEASE_S)
        except Unavailable:
            return  # the relay announces them again
        await asyncio.gather(*(self._run(job) for job in claimed))

    async def _run(self, job: Job) -> None:
        try:
            try:
                async with asyncio.timeout(HANDLER_S):
                    delay_s = await self.handlers[job.kind](job)
            except NotAsked as refused:
                log.info("job_waits", extra={"job_id": job.id, "kind": job.kind, "why": str(refused)})
                return await self.jobs.release([job], after_s=refused.retry_after_s)
            except (Unavailable, TimeoutError) as error:
                log.warning("job_waits", extra={"job_id": job.id, "kind": job.kind, "why": str(error)})
                delay_s = back_off(job.tries)
            if delay_s is not None:
                async with self.uow.begin() as tx:
                    tx.jobs.put_off(job, after_s=delay_s)
        except LeaseLost:
            log.info("lease_lost", extra={"job_id": job.id, "kind": job.kind})
        except (Unavailable, Busy):
            log.warning("job_left_to_the_relay", extra={"job_id": job.id, "kind": job.kind})
        except Exception as error:
            await self._fail(job, error)
        return None

    async def _fail(self, job: Job, error: Exception) -> None:
        log.exception("job_failed", extra={"job_id": job.id, "kind": job.kind, "target": job.target_id})
        try:
            await self.jobs.fail(job, f"{type(error).__name__}: {error}"[:500], after_s=back_off(job.tries))
        except Unavailable:
            log.warning("job_left_to_the_relay", extra={"job_id": job.id, "kind": job.kind})


@dataclass(frozen=True)
class RelayJobs:
    """Announce every job that is due and that nobody holds: lost messages, dead workers, a wiped Redis."""

    jobs: Jobs
    queue: JobQueue

    async def __call__(self) -> int:
        """How many were announced. Raises Unavailable."""
        lanes = [lane for lane in Lane if await self.queue.length(lane) < MAX_QUEUE]
        if not lanes:
            return 0
        tickets = await self.jobs.relay(lease_s=LEASE_S, limit=RELAY_BATCH, lanes=lanes)
        if tickets:
            await self.queue.announce(tickets)
        return len(tickets)


@dataclass(frozen=True)
class WakeScheduled:
    """Announce the jobs whose scheduled time has come."""

    queue: JobQueue

    async def __call__(self) -> int:
        """How many were announced. Raises Unavailable."""
        tickets = await self.queue.due(RELAY_BATCH)
        if tickets:
            await self.queue.announce(tickets)
        return len(tickets)
