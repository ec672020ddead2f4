"""The jobs as workers and the relay see them: each method is one statement."""

from collections.abc import Sequence
from typing import Any

from adapters.postgres.database import Database
from adapters.postgres.failures import meaning_of, no_answer
from adapters.postgres.job_statements import CLAIM, FAIL, RELAY, RELEASE, REPLAY
from adapters.postgres.line import Broken, Refusal, Statement
from adapters.postgres.literals import numbers, one, texts
from adapters.postgres.rows import values
from core.domain.job import Job, JobKind, Lane, Ticket


class PostgresJobs:
    """See `ports.persistence.Jobs`. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._limits = database.limits
        self._line = database.keep()

    async def claim(self, tickets: Sequence[Ticket], *, lease_s: float) -> list[Job]:
        if not tickets:
            return []
        ids, leases = (
            texts([ticket.job_id for ticket in tickets]),
            numbers([ticket.lease for ticket in tickets]),
        )
        rows = await self._ask(CLAIM, ids, leases, one(lease_s))
        return [Job(id, JobKind(kind), *rest) for id, kind, *rest in rows]

    async def relay(self, *, lease_s: float, limit: int, lanes: Sequence[str]) -> list[Ticket]:
        rows = await self._ask(RELAY, texts(lanes), one(limit), one(lease_s))
        return [Ticket(id, lease, Lane(lane)) for id, lease, lane in rows]

    async def fail(self, job: Job, error: str, *, after_s: float) -> None:
        await self._ask(
            FAIL, texts([job.id]), numbers([job.lease]), one(after_s), one(error.replace("\0", ""))
        )

    async def release(self, jobs: Sequence[Job], *, after_s: float = 0) -> None:
        ids, leases = texts([job.id for job in jobs]), numbers([job.lease for job in jobs])
        await self._ask(RELEASE, ids, leases, one(after_s))

    async def replay(self, job_ids: Sequence[str]) -> int:
        return len(await self._ask(REPLAY, texts(job_ids)))

    async def _ask(self, statement: Statement, *parameters: bytes | None) -> list[Any]:
        """Asked once only: a claim whose answer was lost has happened."""
        async with self._line as line:
            try:
                [answer] = await line.ask([(statement, parameters)], timeout_s=self._limits.read_s)
            except Broken as broken:
                raise no_answer() from broken
            except Refusal as refusal:
                raise meaning_of(refusal) from refusal
        return values(answer)
