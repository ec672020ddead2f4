"""Planted bugs that forget events, tell them twice, or let telling them change what they tell of."""

from dataclasses import replace
from typing import Any

from core.domain.event import Fact
from core.domain.ids import EVENT, new_id
from core.domain.job import Job
from core.domain.payment import Payment, Status
from core.domain.signing import new_webhook_secret
from core.domain.webhook import Delivery, DeliveryStatus
from core.use_cases import deliver_event
from core.use_cases.deliver_event import DeliverEvent, Sent
from core.use_cases.publish import Publish
from core.use_cases.replay_delivery import ReplayDelivery
from tests.simulation.loop import OWNER

Patches = list[tuple[Any, str, Any]]


def published_outside() -> Patches:
    """Events are published outside the block that makes them true."""
    publish = Publish.__call__

    async def outside(self: Publish, tx: Any, facts: Any, *, at: Any) -> Any:
        async with OWNER.get().gateway.uow().begin() as other:  # type: ignore[union-attr]  # a process
            return await publish(self, other, facts, at=at)

    return [(Publish, "__call__", outside)]


def sequence_gap() -> Patches:
    """A sequence number is skipped."""
    fact = Payment.fact

    def skip(self: Payment, name: str, subject: object = None) -> Fact:
        self.sequence += name == "refund.failed"
        return fact(self, name, subject)

    return [(Payment, "fact", skip)]


def sequence_reused() -> Patches:
    """`order.paid` repeats the number of `payment.success`."""
    fact = Payment.fact

    def again(self: Payment, name: str, subject: object = None) -> Fact:
        self.sequence -= name == "order.paid"
        return fact(self, name, subject)

    return [(Payment, "fact", again)]


def retry_touches_payment() -> Patches:
    """A delivery that fails marks the payment failed."""
    honest = DeliverEvent._record

    async def meddle(self: DeliverEvent, job: Job, delivery: Delivery, sent: Sent) -> None:
        await honest(self, job, delivery, sent)
        if sent.response.status is None or sent.response.status >= 500:
            async with self.uow.begin() as tx:
                event = await tx.events.get(delivery.event_id)
                payment = await tx.payments.find(event.payment_id) if event.payment_id else None
                if payment is not None:
                    payment.status = Status.FAILED

    return [(DeliverEvent, "_record", meddle)]


def replay_duplicates() -> Patches:
    """A replay writes the event a second time."""
    replay = ReplayDelivery.__call__

    async def copy(self: ReplayDelivery, account: Any, actor: str, delivery_id: str) -> Delivery:
        delivery = await replay(self, account, actor, delivery_id)
        async with self.uow.begin() as tx:
            event = await tx.events.get(delivery.event_id)
            payment = await tx.payments.find(event.payment_id)
            if payment is not None:
                payment.sequence += 1
                id = new_id(EVENT, self.clock(), self.audit.chance)
                tx.events.add(replace(event, id=id, sequence=payment.sequence, deliveries=0))
        return delivery

    return [(ReplayDelivery, "__call__", copy)]


def delivery_forgotten() -> Patches:
    """A delivery is given up after its first failure, and its job with it."""

    async def once(self: DeliverEvent, job: Job, delivery: Delivery, sent: Sent) -> None:
        async with self.uow.begin() as tx:
            current = await tx.deliveries.get(delivery.id)
            if sent.response.succeeded:
                current.status = DeliveryStatus.SUCCESS
            tx.jobs.done(job)

    return [(DeliverEvent, "_record", once)]


def signed_by_stranger() -> Patches:
    """A delivery is signed with a secret that nobody was told."""
    sign = deliver_event.webhook_headers

    def strange(event_id: str, body: bytes, secrets: Any, *, at: Any) -> dict[str, str]:
        return sign(event_id, body, [new_webhook_secret(bytes(32))], at=at)

    return [(deliver_event, "webhook_headers", strange)]


BUGS = (
    published_outside, sequence_gap, sequence_reused, retry_touches_payment, replay_duplicates, delivery_forgotten,
    signed_by_stranger,
)  # fmt: skip
