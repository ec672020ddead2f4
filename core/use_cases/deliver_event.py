"""Tell one endpoint of one event, and write down how that went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.endpoint import DisabledReason, Endpoint
from core.domain.event import Event
from core.domain.ids import ATTEMPT, new_id
from core.domain.job import Job
from core.domain.signing import webhook_headers
from core.domain.snapshot import masked
from core.domain.webhook import Attempt, Delivery, DeliveryStatus, without_secrets
from core.use_cases.disable_endpoint import DisableEndpoint
from core.use_cases.manage_endpoints import headers_of
from core.use_cases.process_operation import CLOSING_PATIENCE_S
from core.use_cases.pulse import Pulse
from core.use_cases.turnstile import Turnstile
from ports.chance import Chance
from ports.cipher import Cipher
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.webhook_sender import Response, WebhookSender

JITTER = 0.1
MAX_RETRY_AFTER_S = 24 * 3600.0
GONE = 410


@dataclass(frozen=True)
class Sent:
    """A POST that has ended: what was sent when, and what came back."""

    at: datetime
    headers: Mapping[str, str]
    response: Response

    @property
    def ended_at(self) -> datetime:
        return self.at + timedelta(milliseconds=self.response.duration_ms)


@dataclass(frozen=True)
class DeliverEvent:
    """`delays_s` are the waits before each attempt, counted from the one before; their number is the limit."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    sender: WebhookSender
    turnstile: Turnstile
    pulse: Pulse
    disable: DisableEndpoint
    delays_s: tuple[float, ...] = (0, 60, 300, 1_800, 7_200)

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            delivery = await tx.deliveries.get(job.target_id)
            wait_s = self.turnstile.wait_s(delivery.endpoint_id, job.tries)
            if wait_s is not None and delivery.status is DeliveryStatus.PENDING:
                return wait_s
            tx.endpoints.read_ahead(delivery.endpoint_id)
            event = await tx.events.get(delivery.event_id)
            endpoint = await tx.endpoints.get(delivery.endpoint_id)
        if delivery.status is not DeliveryStatus.PENDING or not endpoint.listens:
            await self._drop(job)
            return None
        wait_s = await self.turnstile.enter(endpoint.id, job.tries)
        if wait_s is not None:
            return wait_s
        sent = await self._send(event, endpoint)
        await self._record(job, delivery, sent)
        return None

    async def _send(self, event: Event, endpoint: Endpoint) -> Sent:
        took_s = None
        try:
            body, now = event.body.encode(), self.clock()
            headers = webhook_headers(event.id, body, self._secrets(endpoint, now), at=now)
            own = headers_of(endpoint, self.cipher)
            response = await self.sender.post(endpoint.url, body, own | headers)
            took_s = response.duration_ms / 1000 if response.status is not None else None
            return Sent(now, masked(own) | headers, response)
        finally:
            self.turnstile.leave(endpoint.id, took_s)

    def _secrets(self, endpoint: Endpoint, now: datetime) -> list[str]:
        secrets = [self.cipher.open(endpoint.secret)]
        if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
            secrets.append(self.cipher.open(endpoint.old_secret))
        return secrets

    async def _record(self, job: Job, delivery: Delivery, sent: Sent) -> None:
        at, endpoint_id, is_gone = sent.ended_at, delivery.endpoint_id, sent.response.status == GONE
        is_news = self.pulse.is_news(endpoint_id, sent.response.succeeded, at=at) or is_gone

        async def block(tx: Transaction) -> None:
            current = await tx.deliveries.get(delivery.id)
            attempt = self._attempt(current, sent)
            tx.attempts.add(attempt)
            delay_s = None if is_gone else self._delay(attempt.number, sent.response)
            current.record(attempt, None if delay_s is None else at + timedelta(seconds=delay_s))
            if current.status is DeliveryStatus.PENDING and delay_s is not None:
                tx.jobs.put_off(job, after_s=delay_s)
            else:
                tx.jobs.done(job)
            if is_news:
                await self._judge(tx, endpoint_id, sent)

        try:
            await self.uow.run(block, patience_s=CLOSING_PATIENCE_S, known=[delivery])
        except BaseException:
            self.pulse.forget(endpoint_id)
            raise

    async def _judge(self, tx: Transaction, endpoint_id: str, sent: Sent) -> None:
        """What this outcome says about the endpoint as a whole."""
        health, at, succeeded = await tx.health.get(endpoint_id), sent.ended_at, sent.response.succeeded
        health.note(succeeded, at=at)
        is_gone = sent.response.status == GONE
        if is_gone or (not succeeded and health.is_dead(at=at)):
            reason = DisabledReason.GONE if is_gone else DisabledReason.FAILING
            await self.disable(tx, await tx.endpoints.get(endpoint_id), reason, at=at)

    def _attempt(self, delivery: Delivery, sent: Sent) -> Attempt:
        response = sent.response
        return Attempt(
            new_id(ATTEMPT, sent.at, self.chance), delivery.id, delivery.attempts + 1, sent.at,
            response.duration_ms, response.status, response.body, response.error,
            dict(sent.headers), without_secrets(response.headers), dict(response.timings),
        )  # fmt: skip

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
