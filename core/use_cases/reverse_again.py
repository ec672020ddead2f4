"""A charge that could not be given back yesterday is tried again."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.job import Job
from core.domain.merchant import Mode
from core.domain.operation import Cause, Kind
from core.domain.outcome import Approved
from core.domain.payment import Reversal
from core.use_cases.process_operation import CLOSING_PATIENCE_S, find
from core.use_cases.settle_operation import SettleOperation
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.processor import Processor


@dataclass(frozen=True)
class ReverseAgain:
    """A new key is used only after the processor has said that nothing came of the last one."""

    uow: UnitOfWork
    clock: Clock
    settle: SettleOperation
    processor_for: Callable[[Mode], Processor]

    async def __call__(self, job: Job) -> float | None:
        async with self.uow.begin() as tx:
            payment = await tx.payments.get(job.target_id)
            operations = await tx.operations.of(payment.id)
        last = [op for op in operations if op.kind is Kind.REFUND and op.cause is Cause.REVERSAL][-1]
        outcome = await find(self.processor_for(payment.account.mode), payment, last)

        async def block(tx: Transaction) -> None:
            payment = await tx.payments.get(job.target_id)
            if isinstance(outcome, Approved):
                await self.settle(tx, last.id, outcome)
            elif payment.reversal is Reversal.OPEN:
                self.settle.reverse(tx, payment, Kind.REFUND, last.amount.minor, self.clock())
            tx.jobs.done(job)

        await self.uow.run(block, patience_s=CLOSING_PATIENCE_S)
        return None
