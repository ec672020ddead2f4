"""How much work is owed, and whether anybody does it."""

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


@routes.merchant("GET", "/api/v1/jobs/status", 200, "JobsStatus")
async def get_jobs_status(request: Request, caller: Caller) -> Answer:
    """Get the figures of all lanes

    `completed`: operations settled and deliveries ended within 24 hours; `failed`: parked, for an operator.
    """
    return await jobs_status(request)


async def jobs_status(request: Request) -> Answer:
    counts: JobCounts = await use(request, "queries").job_counts()
    return ok({
        "pending": sum(counts.pending.values()),
        "processing": sum(counts.processing.values()),
        "completed": counts.completed,
        "failed": sum(counts.parked.values()),
        "worker_status": "running" if await living_workers(request) else "stopped",
        "lanes": {lane: _of_lane(counts, lane) for lane in Lane},
    })  # fmt: skip


def _of_lane(counts: JobCounts, lane: Lane) -> Snapshot:
    return {
        "pending": counts.pending.get(lane, 0),
        "processing": counts.processing.get(lane, 0),
        "failed": counts.parked.get(lane, 0),
    }
