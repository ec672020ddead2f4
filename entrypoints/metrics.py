"""What operators watch, for Prometheus, on a port of its own."""

import collections
import errno
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from time import perf_counter
from typing import Any

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from config.container import Gateway
from config.settings import Settings
from core.domain.errors import Busy, Unavailable
from core.domain.job import Job, JobKind, Lane
from core.use_cases.jobs import Handler, RunJobs
from ports.verification import Rule

PORTS = 16  # so many processes may share one setting on one machine
ROLES = ("worker", "scheduler")
BUCKETS_S = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

REQUESTS = Histogram(
    "gateway_request_seconds", "Requests and how long they took.", ["method", "route", "status"],
    buckets=BUCKETS_S,
)  # fmt: skip
SHED = Counter("gateway_requests_shed", "Requests refused at once because all seats were taken.")
JOBS = Histogram("gateway_job_seconds", "Jobs run and how they ended.", ["kind", "result"], buckets=BUCKETS_S)
QUEUE = Gauge("gateway_queue_messages", "Messages that wait for a worker.", ["lane"])
OWED = Gauge("gateway_jobs", "Jobs owed, by state.", ["lane", "state"])
SILENT = Gauge("gateway_operations_silent", "Operations whose processor has been silent for over an hour.")
DIFFERENCES = Gauge(
    "gateway_invariant_differences",
    "Of what was made of late: rows that break an invariant, by rule.",
    ["rule"],
)
ALIVE = Gauge("gateway_processes_alive", "Processes whose heartbeat is fresh.", ["role"])

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)


def serve_metrics(settings: Settings) -> bool:
    """Whether they are served: only when a port is set. Each further process takes the next free port."""
    if settings.metrics_port is None:
        return False
    for port in range(settings.metrics_port, settings.metrics_port + PORTS):
        try:
            start_http_server(port, settings.metrics_host)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            log.info("metrics_served", extra={"host": settings.metrics_host, "port": port})
            return True
    log.error("metrics_ports_taken", extra={"first": settings.metrics_port, "tried": PORTS})
    return False


def metrics_middleware(app: App, routes: Iterable[Any]) -> App:
    """Count and time the requests of an ASGI app by route, never by path: paths carry ids."""
    paths = {id(route.endpoint): route.path for route in routes if hasattr(route, "endpoint")}

    async def measured(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        status, began = 500, perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, note)
        finally:
            route = paths.get(id(scope.get("endpoint")), "unmatched")
            REQUESTS.labels(scope["method"], route, status).observe(perf_counter() - began)

    return measured


@cache
def _job_ended(kind: JobKind, result: str) -> Histogram:
    return JOBS.labels(kind, result)


def counted(run_jobs: RunJobs) -> RunJobs:
    """The same, with each handler's runs counted and timed."""
    return replace(run_jobs, handlers={kind: _counted(kind, run) for kind, run in run_jobs.handlers.items()})


def _counted(kind: JobKind, handler: Handler) -> Handler:
    async def run(job: Job) -> float | None:
        result, began = "failed", perf_counter()
        try:
            delay_s = await handler(job)
            result = "done" if delay_s is None else "put_off"
            return delay_s
        except (Unavailable, TimeoutError):
            result = "unavailable"
            raise
        except Busy:
            result = "taken_over"
            raise
        finally:
            _job_ended(kind, result).observe(perf_counter() - began)

    return run


async def observe(gateway: Gateway) -> bool:
    """Read what no single process knows. Raises Unavailable."""
    counts = await gateway.queries().job_counts()
    for lane in Lane:
        for state in ("pending", "processing", "parked"):
            OWED.labels(lane, state).set(getattr(counts, state).get(lane, 0))
        QUEUE.labels(lane).set(await gateway.job_queue().length(lane))
    SILENT.set(counts.silent)
    for role in ROLES:
        ALIVE.labels(role).set(await gateway.coordination().alive(role))
    return False


async def observe_differences(gateway: Gateway, last_s: float) -> None:
    """Verify what was made in so many seconds, and all jobs: the cheap part of `gateway verify`. Raises Unavailable."""
    since = gateway.clock()() - timedelta(seconds=last_s)
    verdict = await gateway.verify()(since=since, books=False)
    found = collections.Counter(difference.rule for difference in verdict.differences)
    for rule in Rule:
        DIFFERENCES.labels(rule).set(found[rule])
    for difference in verdict.differences:
        log.error(
            "invariant_broken", extra={"rule": difference.rule, "ids": difference.ids, "how": difference.how}
        )
