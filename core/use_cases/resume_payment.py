"""The browser came back from the bank: ask the processor what became of the challenge."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.ids import OPERATION, new_id
from core.domain.job import JobKind
from core.domain.operation import Kind, Operation, OperationStatus
from core.domain.payment import Payment, Status
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True)
class ResumePayment:
    """The browser is believed in nothing; a return in any other status queues nothing."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance

    async def __call__(self, payment_id: str) -> Payment:
        """Raises NotFound, Busy."""

        async def block(tx: Transaction) -> Payment:
            payment = await tx.payments.get(payment_id)
            if payment.status is Status.REQUIRES_ACTION:
                now = self.clock()
                id = new_id(OPERATION, now, self.chance)
                tx.operations.add(payment.request(Kind.RESUME, id, payment.amount.minor, at=now))
                tx.jobs.put(JobKind.PROCESS_OPERATION, id)
            return payment

        return await self.uow.run(block)


def ask_about_resume(tx: Transaction, operations: Sequence[Operation]) -> None:
    """Part of a block that ends a challenged payment, or finds it ended.

    A RESUME that went astray may reach the processor after a repeat has heard that the shopper had not answered
    yet, and charge. So whoever ends the payment asks what has become of it; a charge is given back.
    """
    for operation in operations:
        if operation.kind is Kind.RESUME and operation.status is OperationStatus.ACTION_REQUIRED:
            tx.jobs.put(JobKind.FIND_OPERATION, operation.id)
