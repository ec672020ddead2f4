"""Tell an endpoint once more what it has missed, at a pace that it can bear."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.endpoint import Endpoint
from core.domain.errors import Refused
from core.domain.ids import REPLAY, new_id, new_uuid
from core.domain.job import Job, JobKind
from core.domain.merchant import Account
from core.domain.replay import Replay, ReplayScope
from core.domain.snapshot import of_replay
from core.domain.webhook import Delivery, DeliveryStatus
from core.use_cases.audit import Audit
from core.use_cases.keyed import Keyed
from core.use_cases.manage_endpoints import owned_endpoint
from core.use_cases.process_operation import CLOSING_PATIENCE_S
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.queries import Queries, Replayable

STEP_S = 1.0
MAX_STEP = 250  # deliveries that one block sets going


@dataclass(frozen=True)
class StartReplay:
    """Owe it; workers do it, `per_second` deliveries a second."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    queries: Queries
    audit: Audit

    async def count(
        self, account: Account, endpoint_id: str, scope: ReplayScope, since: datetime, until: datetime
    ) -> int:
        """How many it would be now. Raises NotFound."""
        async with self.uow.begin() as tx:
            endpoint = await owned_endpoint(tx, account, endpoint_id)
        until = min(until, self.clock())
        return await self.queries.count_replayable(endpoint, scope, since=since, until=until)

    async def __call__(
        self, account: Account, actor: str, endpoint_id: str, scope: ReplayScope,
        *, since: datetime, until: datetime, per_second: int, keyed: Keyed[Replay] | None = None,
    ) -> Replay:  # fmt: skip
        """Raises NotFound, Busy, KeyTaken, and Refused while the endpoint is disabled or another replay runs."""

        async def block(tx: Transaction) -> Replay:
            endpoint, now = await owned_endpoint(tx, account, endpoint_id), self.clock()
            if not endpoint.enabled:
                raise Refused("endpoint_disabled", "The endpoint is disabled. Enable it, then replay.")
            if any(other.finished_at is None for other in await tx.replays.of(endpoint_id)):
                raise Refused("replay_in_progress", "A replay to this endpoint has not finished yet.")
            tx.guard(endpoint)
            id = new_id(REPLAY, now, self.chance)
            replay = Replay(id, account, endpoint_id, scope, since, min(until, now), per_second, now)
            tx.replays.add(replay)
            tx.jobs.put(JobKind.REPLAY_EVENTS, id)
            self.audit(tx, account, actor, "endpoint.replay", endpoint_id, after=of_replay(replay), at=now)
            if keyed is not None:
                keyed.bind(tx, replay, id)
            return replay

        return await self.uow.run(block)


@dataclass(frozen=True)
class ReplayEvents:
    """One step a second, each in a block that moves the cursor: nothing is set going twice, or forgotten."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    queries: Queries

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            replay = await tx.replays.get(job.target_id)
            endpoint = await tx.endpoints.get(replay.endpoint_id)
        limit = min(replay.per_second, MAX_STEP)
        found = await self._find(replay, endpoint, limit) if endpoint.listens else []

        async def block(tx: Transaction) -> None:
            current, now = await tx.replays.get(replay.id), self.clock()
            current.replayed += await self._set_going(tx, current, found, now)
            current.cursor = found[-1].event_id if found else current.cursor
            if len(found) < limit:
                current.finished_at = now
                tx.jobs.done(job)
            else:
                tx.jobs.put_off(job, after_s=STEP_S * limit / replay.per_second)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)
        return None

    async def _find(self, replay: Replay, endpoint: Endpoint, limit: int) -> list[Replayable]:
        return await self.queries.replayable(
            endpoint, replay.scope, since=replay.since, until=replay.until, after=replay.cursor, limit=limit
        )

    async def _set_going(
        self, tx: Transaction, replay: Replay, found: Sequence[Replayable], now: datetime
    ) -> int:
        """How many it were. Their own rows serve again; what was never owed gets one outside the event's count."""
        known = await asyncio.gather(
            *(tx.deliveries.get(each.delivery_id) for each in found if each.delivery_id)
        )
        ended = [delivery for delivery in known if delivery.status is not DeliveryStatus.PENDING]
        for delivery in ended:
            delivery.retry(at=now)
        never = [each for each in found if not each.delivery_id]
        for event in await asyncio.gather(*(tx.events.get(each.event_id) for each in never)):
            tx.guard(event)  # nothing refers to it yet: it might just be forgotten
        for each in never:
            id = new_uuid(now, self.chance.bytes(10))
            made = Delivery(
                id, replay.account, each.event_id, replay.endpoint_id, each.name, now, replayed=True
            )
            made.next_retry_at = now
            tx.deliveries.add(made)
            ended.append(made)
        for place, delivery in enumerate(ended):
            tx.jobs.put(JobKind.DELIVER_EVENT, delivery.id, after_s=STEP_S * place / replay.per_second)
        return len(ended)
