"""Tell one endpoint of one event, and write down how that went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.event import Event
from core.domain.ids import ATTEMPT, new_id
from core.domain.job import Job
from core.domain.signing import webhook_headers
from core.domain.webhook import Attempt, Delivery, DeliveryStatus, Endpoint
from core.use_cases.process_operation import CLOSING_PATIENCE_S
from ports.chance import Chance
from ports.cipher import Cipher
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.webhook_sender import Response, WebhookSender

JITTER = 0.1
MAX_RETRY_AFTER_S = 24 * 3600.0


@dataclass(frozen=True)
class DeliverEvent:
    """`delays_s` are the waits before each attempt, counted from the one before; their number is the limit."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    sender: WebhookSender
    delays_s: tuple[float, ...] = (0, 60, 300, 1_800, 7_200)

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            delivery = await tx.deliveries.get(job.target_id)
            event = await tx.events.get(delivery.event_id)
            endpoint = await tx.endpoints.get(delivery.endpoint_id)
        if delivery.status is not DeliveryStatus.PENDING or not endpoint.listens:
            await self._drop(job)
            return None
        started_at = self.clock()
        response = await self._post(event, endpoint, started_at)
        await self._record(job, delivery, response, started_at)
        return None

    async def _post(self, event: Event, endpoint: Endpoint, now: datetime) -> Response:
        secrets = [self.cipher.open(endpoint.secret)]
        if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
            secrets.append(self.cipher.open(endpoint.old_secret))
        body = event.body.encode()
        return await self.sender.post(endpoint.url, body, webhook_headers(event.id, body, secrets, at=now))

    async def _record(self, job: Job, delivery: Delivery, response: Response, started_at: datetime) -> None:
        async def block(tx: Transaction) -> None:
            current = await tx.deliveries.get(delivery.id)
            attempt = Attempt(
                new_id(ATTEMPT, started_at, self.chance), delivery.id, current.attempts + 1, started_at,
                response.duration_ms, response.status, response.body, response.error,
            )  # fmt: skip
            tx.attempts.add(attempt)
            delay_s = self._delay(current.attempts + 1, response)
            ended_at = started_at + timedelta(milliseconds=response.duration_ms)
            retry_at = ended_at + timedelta(seconds=delay_s) if delay_s is not None else None
            current.record(attempt, retry_at)
            if current.status is DeliveryStatus.PENDING and delay_s is not None:
                tx.jobs.put_off(job, after_s=delay_s)
            else:
                tx.jobs.done(job)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)

    def _delay(self, attempts: int, response: Response) -> float | None:
        """Seconds until the next attempt: the schedule's, later if the receiver asks for it; None after the last."""
        if attempts >= len(self.delays_s):
            return None
        delay_s = self.delays_s[attempts] * self.chance.uniform(1 - JITTER, 1 + JITTER)
        return max(delay_s, min(response.retry_after_s or 0, MAX_RETRY_AFTER_S))

    async def _drop(self, job: Job) -> None:
        """Nobody waits for it any more; what is kept can be set going by hand."""

        async def block(tx: Transaction) -> None:
            delivery = await tx.deliveries.get(job.target_id)
            if delivery.status is DeliveryStatus.PENDING:
                delivery.give_up()
            tx.jobs.done(job)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)
