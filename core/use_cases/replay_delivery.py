"""Set a delivery going again by hand."""

from dataclasses import dataclass

from core.domain.errors import NotFound
from core.domain.job import JobKind
from core.domain.merchant import Account
from core.domain.webhook import Delivery
from core.use_cases.audit import Audit
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True)
class ReplayDelivery:
    """Attempts start at 0 again, also after a success; a pending one is made due now."""

    uow: UnitOfWork
    clock: Clock
    audit: Audit

    async def __call__(self, account: Account, actor: str, delivery_id: str) -> Delivery:
        """Raises NotFound, Busy."""

        async def block(tx: Transaction) -> Delivery:
            delivery = await tx.deliveries.get(delivery_id)
            if delivery.account != account:
                raise NotFound("Webhook")
            now = self.clock()
            before = {"status": delivery.status, "attempts": delivery.attempts}
            delivery.retry(at=now)
            tx.jobs.put(JobKind.DELIVER_EVENT, delivery.id)
            self.audit(tx, account, actor, "delivery.retry", delivery.id, before=before, at=now)
            return delivery

        return await self.uow.run(block)
