"""The browser came back from the bank: ask the processor what became of the challenge."""

from dataclasses import dataclass

from core.domain.ids import OPERATION, new_id
from core.domain.job import JobKind
from core.domain.operation import Kind
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
