"""Somebody says that the processor has news of an operation: ask the processor itself."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.errors import Unavailable
from core.domain.job import Job
from core.domain.merchant import Mode
from core.domain.outcome import Pending
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
        try:
            processor = self.processor_for(payment.account.mode)
            outcome = sensible(operation, await find(processor, payment, operation))
        except Unavailable:
            return back_off(job.tries)

        async def block(tx: Transaction) -> None:
            if outcome is not None and not isinstance(outcome, Pending):
                await self.settle(tx, operation.id, outcome)
            tx.jobs.done(job)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)
        return None
