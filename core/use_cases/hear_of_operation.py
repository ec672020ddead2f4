"""Somebody says that the processor has news of an operation: ask the processor itself."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.job import Job
from core.domain.merchant import Mode
from core.domain.operation import Operation, OperationStatus
from core.domain.outcome import Approved, Final, Pending
from core.domain.payment import Payment, Status
from core.use_cases.process_operation import CLOSING_PATIENCE_S, back_off, find, sensible
from core.use_cases.settle_operation import SettleOperation
from ports.persistence import Transaction, UnitOfWork
from ports.processor import Processor


@dataclass(frozen=True)
class HearOfOperation:
    """Early, repeated and late news are all the same: only what `find` answers counts."""

    uow: UnitOfWork
    settle: SettleOperation
    processor_for: Callable[[Mode], Processor]

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            operation = await tx.operations.get(job.target_id)
            payment = await tx.payments.get(operation.payment_id)
        processor = self.processor_for(payment.account.mode)
        outcome = sensible(operation, await find(processor, payment, operation))

        async def block(tx: Transaction) -> None:
            if outcome is not None and not isinstance(outcome, Pending):
                payment = await self.settle(tx, operation.id, outcome)
                if _must_wait(payment, await tx.operations.get(operation.id), outcome):
                    return tx.jobs.put_off(job, after_s=back_off(job.tries))
            tx.jobs.done(job)
            return None

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)
        return None


def _must_wait(payment: Payment, operation: Operation, outcome: Final) -> bool:
    """A success that finds no place while something else is under way (a RESUME, another refund) may find
    one when that has settled, and must not be forgotten meanwhile."""
    is_left_out = isinstance(outcome, Approved) and operation.status is not OperationStatus.APPROVED
    return is_left_out and (payment.status is Status.PENDING or payment.refund_reserved > 0)
