"""Whether the gateway can do its work."""

from collections.abc import Awaitable

from starlette.requests import Request

from core.domain.errors import Unavailable
from core.domain.snapshot import iso
from entrypoints.api.answers import Answer, ok
from entrypoints.api.deps import use
from entrypoints.api.routing import Routes

routes = Routes("Health")
WORKER = "worker"  # the role under which workers beat


@routes.public("GET", "/health", 200, "Health", others={503: "Health"}, is_limited=False)
async def health(request: Request) -> Answer:
    """Check the database, Redis and the workers

    Without Redis or a worker payments are still accepted, and processed later: `degraded`, but 200.
    """
    database = await _answers(use(request, "queries").ping())
    workers = await living_workers(request)
    status = "unhealthy" if not database else "degraded" if not workers else "healthy"
    shown = {
        "status": status,
        "database": "connected" if database else "disconnected",
        "redis": "disconnected" if workers is None else "connected",
        "worker": "unknown" if workers is None else "running" if workers else "stopped",
        "timestamp": iso(use(request, "clock")()),
    }
    return ok(shown, 200 if database else 503)


@routes.public("GET", "/health/live", 200, "Live", is_limited=False)
async def live(request: Request) -> Answer:
    """Answer, without any check, that this process does"""
    return ok({"status": "alive"})


async def living_workers(request: Request) -> int | None:
    """None when Redis is away, so that nobody knows."""
    try:
        count: int = await use(request, "coordination").alive(WORKER)
    except Unavailable:
        return None
    return count


async def _answers(check: Awaitable[None]) -> bool:
    try:
        await check
    except Unavailable:
        return False
    return True
