"""Ask a shopper for an amount."""

from dataclasses import dataclass
from datetime import timedelta

from core.domain.ids import ORDER, new_id
from core.domain.job import JobKind
from core.domain.merchant import Account
from core.domain.money import Money
from core.domain.order import MIN_ORDER_MINOR, Capture, Order
from core.use_cases.keyed import Keyed
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True)
class CreateOrder:
    uow: UnitOfWork
    clock: Clock
    chance: Chance

    async def __call__(
        self, account: Account, amount: Money, *, receipt: str | None = None,
        notes: dict[str, str] | None = None, capture: Capture = Capture.AUTOMATIC,
        expires_in_s: int | None = None, keyed: Keyed[Order] | None = None,
    ) -> Order:  # fmt: skip
        """The order, `created`. Without `expires_in_s` it never expires. Raises KeyTaken."""
        assert amount.minor >= MIN_ORDER_MINOR

        async def block(tx: Transaction) -> Order:
            if keyed is not None:
                await keyed.look(tx)
            now = self.clock()
            expires_at = now + timedelta(seconds=expires_in_s) if expires_in_s is not None else None
            id = new_id(ORDER, now, self.chance)
            order = Order(id, account, amount, receipt, notes or {}, capture, expires_at, now, now)
            tx.orders.add(order)
            if expires_in_s is not None:
                tx.jobs.put(JobKind.EXPIRE_ORDER, order.id, after_s=expires_in_s)
            if keyed is not None:
                keyed.bind(tx, order, order.id)
            return order

        return await self.uow.run(block)
