"""End what has waited long enough: orders, challenges and holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import OPERATION, new_id
from core.domain.job import Job, JobKind
from core.domain.merchant import Mode
from core.domain.operation import Cause, Kind
from core.domain.outcome import ActionRequired, Outcome, Pending
from core.domain.payment import Payment, Status
from core.domain.snapshot import of_payment
from core.use_cases.audit import GATEWAY, Audit
from core.use_cases.process_operation import CLOSING_PATIENCE_S, find
from core.use_cases.publish import Publish
from core.use_cases.resume_payment import ask_about_resume
from core.use_cases.settle_operation import SettleOperation
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.processor import Processor

LOOK_AGAIN_S = 30.0


@dataclass(frozen=True)
class ExpireOrder:
    """An order expires only while it has no open payment: one that began before may still pay it."""

    uow: UnitOfWork
    clock: Clock

    async def __call__(self, job: Job) -> float | None:
        async def block(tx: Transaction) -> float | None:
            order, now = await tx.orders.get(job.target_id), self.clock()
            if order.expires_at is not None and order.expires_at > now:
                return _until(order.expires_at, now)
            if any(payment.is_open for payment in await tx.payments.of(order.id)):
                return LOOK_AGAIN_S
            order.expire(at=now)
            tx.jobs.done(job)
            return None

        return await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)


@dataclass(frozen=True)
class ExpireHold:
    """A hold that nobody captured is let go of at the processor too."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    audit: Audit

    async def __call__(self, job: Job) -> float | None:
        async def block(tx: Transaction) -> float | None:
            payment, now = await tx.payments.get(job.target_id), self.clock()
            if payment.status is Status.AUTHORIZED:
                assert payment.authorization_expires_at is not None
                if payment.authorization_expires_at > now:
                    return _until(payment.authorization_expires_at, now)
                if payment.pending_operation is not None:
                    return LOOK_AGAIN_S
                id, amount = new_id(OPERATION, now, self.chance), payment.amount.minor
                before = of_payment(payment)
                tx.operations.add(payment.request(Kind.VOID, id, amount, at=now, cause=Cause.EXPIRED))
                tx.jobs.put(JobKind.PROCESS_OPERATION, id)
                self.audit(
                    tx, payment.account, GATEWAY, "payment.void", payment.id,
                    before=before, after={"cause": Cause.EXPIRED, "operation_id": id, "amount": amount}, at=now,
                )  # fmt: skip
            tx.jobs.done(job)
            return None

        return await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)


@dataclass(frozen=True)
class ExpireChallenge:
    """A challenge that nobody answered ends the payment, unless the processor knows better."""

    uow: UnitOfWork
    clock: Clock
    publish: Publish
    settle: SettleOperation
    processor_for: Callable[[Mode], Processor]

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            payment = await tx.payments.get(job.target_id)
            operations = await tx.operations.of(payment.id)
        delay_s = self._wait(payment)
        if delay_s is not None:
            return delay_s
        outcome: Outcome | None = None
        last = next(op for op in reversed(operations) if op.kind in (Kind.AUTHORIZE, Kind.RESUME))
        if payment.status is Status.REQUIRES_ACTION:
            outcome = await find(self.processor_for(payment.account.mode), payment, last)
        if isinstance(outcome, Pending):
            return LOOK_AGAIN_S

        async def block(tx: Transaction) -> float | None:
            payment, now = await tx.payments.get(job.target_id), self.clock()
            if payment.status is Status.PENDING:
                return LOOK_AGAIN_S
            if payment.status is Status.REQUIRES_ACTION:
                if outcome is None or isinstance(outcome, ActionRequired):
                    await self.publish(tx, payment.abandon(at=now), at=now)
                else:
                    await self.settle(tx, last.id, outcome)
            elif payment.status is Status.FAILED:
                ask_about_resume(tx, operations)
            tx.jobs.done(job)
            return None

        return await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)

    def _wait(self, payment: Payment) -> float | None:
        now, expires_at = self.clock(), payment.next_action_expires_at
        if payment.status is Status.PENDING:
            return LOOK_AGAIN_S
        if payment.status is Status.REQUIRES_ACTION and expires_at is not None and expires_at > now:
            return _until(expires_at, now)
        return None


def _until(then: datetime, now: datetime) -> float:
    return (then - now).total_seconds()
