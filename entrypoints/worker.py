"""The worker process: takes what Redis carries and does the jobs it names."""

import asyncio
import logging

from config.container import Gateway
from config.lifespan import opened
from core.domain.job import Lane
from core.use_cases.jobs import RunJobs
from entrypoints.circuits import watch_circuits
from entrypoints.metrics import counted, serve_metrics
from entrypoints.process import calm_collector, heartbeat, new_process_id

ROLE = "worker"
# How many of each lane are in hand at a time: whatever is tried again waits rather than what is new.
MAX_JOBS = {Lane.MONEY: 256, Lane.DELIVERIES: 256, Lane.RETRIES: 64}

log = logging.getLogger(__name__)


async def work(gateway: Gateway, stop: asyncio.Event) -> None:
    """Until `stop`; then take nothing more, finish what is held within the grace, and leave."""
    if serve_metrics(gateway.settings()):
        watch_circuits(gateway)
    process_id = new_process_id()
    async with opened(gateway), asyncio.TaskGroup() as tasks:
        calm_collector()
        log.info("worker_started", extra={"process_id": process_id})
        run_jobs = counted(gateway.run_jobs())
        tasks.create_task(heartbeat(gateway.coordination(), ROLE, process_id, stop))
        for lane in Lane:
            tasks.create_task(_receive(gateway, lane, run_jobs, stop))
        await stop.wait()
        log.info("worker_stopping")
    log.info("worker_stopped")


async def _receive(gateway: Gateway, lane: Lane, run_jobs: RunJobs, stop: asyncio.Event) -> None:
    broker = gateway.lane_broker(lane=lane)
    try:
        grace_s, max_jobs = gateway.settings().worker_grace_s, MAX_JOBS[lane]
        await gateway.receive()(broker, run_jobs, stop, grace_s=grace_s, max_jobs=max_jobs)
    finally:
        await broker.shutdown()
