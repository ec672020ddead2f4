"""Ask the processor, then write down what it said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from core.domain.errors import Unavailable
from core.domain.job import Job
from core.domain.merchant import Mode
from core.domain.operation import Cause, Kind, Operation, OperationStatus
from core.domain.order import Capture
from core.domain.outcome import ActionRequired, Approved, Declined, Final, Outcome, Pending
from core.domain.payment import Payment
from core.use_cases.settle_operation import SettleOperation
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.processor import Processor

CLOSING_PATIENCE_S = 15.0
MAX_BACK_OFF_S = 900.0


@dataclass(frozen=True)
class ProcessOperation:
    """Silence is never turned into a failure: the same key is asked again, and after the processor has
    forgotten keys (`key_ttl_s`) it is only asked what became of it."""

    uow: UnitOfWork
    clock: Clock
    settle: SettleOperation
    processor_for: Callable[[Mode], Processor]
    key_ttl_s: float = 23 * 3600.0

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            operation = await tx.operations.get(job.target_id)
            payment = await tx.payments.get(operation.payment_id)
            captures = await self._captures(tx, operation)
        if operation.status is not OperationStatus.OPEN:
            await self._close(job, [])
            return None
        outcome = sensible(operation, await self._ask(payment, operation))
        if isinstance(outcome, Pending):
            await self._wait(job, operation, outcome)
            return None
        news: list[tuple[str, Final]] = [(operation.id, outcome)]
        if isinstance(outcome, Declined) and captures:
            news = await self._captured_after_all(payment, captures) + news
        await self._close(job, news, known=[operation, payment])
        return None

    async def _ask(self, payment: Payment, operation: Operation) -> Outcome:
        processor = self.processor_for(payment.account.mode)
        age = self.clock() - operation.created_at
        remembers = age < timedelta(seconds=self.key_ttl_s)
        if remembers and not operation.reference:
            return await call(processor, payment, operation)
        found = await find(processor, payment, operation)
        if found is None and (remembers or operation.kind is Kind.VOID):  # letting go twice moves nothing
            return await call(processor, payment, operation)
        return found or Declined("not_received", "The processor never received the request.")

    async def _wait(self, job: Job, operation: Operation, pending: Pending) -> None:
        """Remember the reference, by which the next time only asks; it may come early."""
        delay_s = max(1.0, (pending.ask_again_at - self.clock()).total_seconds())

        async def block(tx: Transaction) -> None:
            (await tx.operations.get(operation.id)).reference = pending.reference
            tx.jobs.put_off(job, after_s=delay_s)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S, known=[operation])

    async def _close(self, job: Job, news: list[tuple[str, Final]], known: Sequence[object] = ()) -> None:
        async def block(tx: Transaction) -> None:
            for operation_id, outcome in news:
                await self.settle(tx, operation_id, outcome)
            tx.jobs.done(job)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S, known=known)

    async def _captures(self, tx: Transaction, operation: Operation) -> list[Operation]:
        """What to look after when the processor has no hold to let go of any more."""
        if operation.kind is not Kind.VOID or operation.cause is not Cause.EXPIRED:
            return []
        operations = await tx.operations.of(operation.payment_id)
        return [operation for operation in operations if operation.kind is Kind.CAPTURE]

    async def _captured_after_all(
        self, payment: Payment, captures: list[Operation]
    ) -> list[tuple[str, Final]]:
        processor = self.processor_for(payment.account.mode)
        for capture in captures:
            found = await find(processor, payment, capture)
            if isinstance(found, Approved):
                return [(capture.id, found)]
        return []


Answer = TypeVar("Answer", Outcome, Outcome | None)


def sensible(operation: Operation, outcome: Answer) -> Answer:
    """An answer that cannot be one to this question is garble, and garble is silence."""
    if isinstance(outcome, ActionRequired) and operation.kind not in (Kind.AUTHORIZE, Kind.RESUME):
        raise Unavailable("garbled_answer", f"The processor wants a shopper's action for a {operation.kind}.")
    return outcome


async def call(processor: Processor, payment: Payment, operation: Operation) -> Outcome:
    """The processor's method for the operation, under its id as key. Raises Unavailable."""
    key, amount, reference = operation.id, operation.amount, payment.reference
    match operation.kind:
        case Kind.AUTHORIZE:
            capture = payment.capture is Capture.AUTOMATIC
            return await processor.authorize(amount, token=payment.token, capture=capture, key=key)
        case Kind.RESUME:
            return await processor.resume(reference, key=key)
        case Kind.CAPTURE:
            return await processor.capture(reference, amount, key=key)
        case Kind.VOID:
            return await processor.void(reference, key=key)
        case Kind.REFUND:
            return await processor.refund(reference, amount, key=key)


async def find(processor: Processor, payment: Payment, operation: Operation) -> Outcome | None:
    """What the processor knows of the operation, without moving money. Raises Unavailable."""
    reference = operation.reference or payment.reference
    return await processor.find(operation.id, token=payment.token, reference=reference)


def back_off(tries: int) -> float:
    """Seconds: 1, 2, 4 … 900."""
    return float(min(MAX_BACK_OFF_S, 2 ** min(max(tries, 1) - 1, 10)))
