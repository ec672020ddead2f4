"""How much work is owed, and whether anybody does it."""

from datetime import timedelta

from starlette.requests import Request

from core.domain.job import Lane
from core.domain.snapshot import Snapshot
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.routes.health import living_workers
from entrypoints.api.routing import Routes
from ports.queries import JobCounts

routes = Routes("Jobs")
DAY = timedelta(hours=24)


@routes.merchant("GET", "/api/v1/jobs/status", 200, "JobsStatus")
async def get_jobs_status(request: Request, caller: Caller) -> Answer:
    """Get the figures of all lanes

    `completed`: of the operations and deliveries made within 24 hours, those that have ended, each kind counted up to
    50,000; `failed`: parked, for an operator.
    """
    return await jobs_status(request)


async def jobs_status(request: Request) -> Answer:
    queries = use(request, "queries")
    counts: JobCounts = await queries.job_counts()
    completed = await queries.completed(use(request, "clock")() - DAY)
    return ok({
        "pending": sum(counts.pending.values()),
        "processing": sum(counts.processing.values()),
        "completed": completed,
        "failed": sum(counts.parked.values()),
        "worker_status": "running" if await living_workers(request) else "stopped",
        "lanes": {lane.value: _of_lane(counts, lane) for lane in Lane},
    })  # fmt: skip


def _of_lane(counts: JobCounts, lane: Lane) -> Snapshot:
    return {
        "pending": counts.pending.get(lane, 0),
        "processing": counts.processing.get(lane, 0),
        "failed": counts.parked.get(lane, 0),
    }
