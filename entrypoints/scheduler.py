"""The scheduler process: announces what is due, and what was forgotten."""

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic

from config.container import Gateway
from config.lifespan import opened
from core.use_cases.jobs import RELAY_BATCH
from core.use_cases.seal_audit import SEAL_BATCH, SealAudit
from entrypoints.metrics import DIFFERENCES, observe, observe_differences, serve_metrics
from entrypoints.process import heartbeat, new_process_id, repeat
from ports.coordination import Coordination

ROLE = "scheduler"
LEAD_S, RENEW_S = 5.0, 1.0
OBSERVE_S = 5.0
LOOK_BACK = 2  # intervals, so that none of what is made between two looks is missed

log = logging.getLogger(__name__)


@dataclass
class Leadership:
    """Of several schedulers one acts. Two may for a moment, after Redis was wiped, which does no harm:
    the relay's rows are locked, and a message that comes twice is dropped."""

    coordination: Coordination
    process_id: str
    _until: float = field(default=0.0, init=False)

    @property
    def is_ours(self) -> bool:
        return monotonic() < self._until

    async def renew(self) -> bool:
        asked_at = monotonic()
        leads = await self.coordination.lead(ROLE, self.process_id, ttl_s=LEAD_S)
        if leads and not self.is_ours:
            log.info("scheduler_leads", extra={"process_id": self.process_id})
        self._until = asked_at + LEAD_S if leads else 0.0
        return False


async def schedule(gateway: Gateway, stop: asyncio.Event) -> None:
    """Until `stop`. Without Redis nobody leads, and there is nobody to announce to either."""
    settings, process_id = gateway.settings(), new_process_id()
    metrics = serve_metrics(settings)
    leadership = Leadership(gateway.coordination(), process_id)
    async with opened(gateway), asyncio.TaskGroup() as tasks:
        log.info("scheduler_started", extra={"process_id": process_id})
        wake_scheduled, relay_jobs, forget = gateway.wake_scheduled(), gateway.relay_jobs(), gateway.purge()

        async def wake() -> bool | None:
            return await wake_scheduled() >= RELAY_BATCH if leadership.is_ours else None

        async def relay() -> bool | None:
            return await relay_jobs() >= RELAY_BATCH if leadership.is_ours else None

        async def seal() -> bool | None:
            return await _seal(gateway.seal_audit()) if leadership.is_ours else None

        async def verify() -> bool | None:
            if leadership.is_ours:
                await observe_differences(gateway, LOOK_BACK * settings.verify_interval_s)
                return False
            DIFFERENCES.clear()  # the leader tells
            return None

        async def purge() -> bool | None:
            return await forget() if leadership.is_ours else None

        tasks.create_task(heartbeat(gateway.coordination(), ROLE, process_id, stop))
        tasks.create_task(repeat("lead", leadership.renew, RENEW_S, stop))
        tasks.create_task(repeat("wake", wake, settings.schedule_interval_s, stop))
        tasks.create_task(repeat("relay", relay, settings.relay_interval_s, stop))
        tasks.create_task(repeat("purge", purge, settings.purge_interval_s, stop))
        tasks.create_task(repeat("seal", seal, settings.audit_seal_interval_s, stop))
        if metrics:
            tasks.create_task(repeat("observe", lambda: observe(gateway), OBSERVE_S, stop))
        if metrics and settings.verify_interval_s:
            tasks.create_task(repeat("verify", verify, settings.verify_interval_s, stop))
    log.info("scheduler_stopped")


async def _seal(seal_audit: SealAudit) -> bool:
    """Whether there is more to seal. The log line is where the chain's head is kept apart from the database."""
    seals = await seal_audit()
    if seals:
        log.info("audit_sealed", extra={"count": len(seals), "head": f"{seals[-1].number}:{seals[-1].hash}"})
    return len(seals) >= SEAL_BATCH
