"""Begin to pay an order."""

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.errors import NotFound, Refused
from core.domain.event import Fact
from core.domain.ids import OPERATION, PAYMENT, new_id
from core.domain.instrument import Instrument
from core.domain.job import JobKind
from core.domain.merchant import Account, Mode
from core.domain.operation import Kind
from core.domain.order import Order
from core.domain.payment import Payment, Status
from core.use_cases.keyed import Keyed
from core.use_cases.publish import Publish
from core.use_cases.resume_payment import ask_about_resume
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork
from ports.processor import Processor


@dataclass(frozen=True)
class CreatePayment:
    uow: UnitOfWork
    clock: Clock
    chance: Chance
    publish: Publish
    processor_for: Callable[[Mode], Processor]

    async def __call__(
        self, account: Account | None, order_id: str, instrument: Instrument,
        *, keyed: Keyed[Payment] | None = None,
    ) -> Payment:  # fmt: skip
        """The payment, `pending`; a worker asks the processor. With no account the order id is the capability.

        Raises NotFound, Refused (expired, paid, too many attempts, another payment is open), KeyTaken, Busy,
        and Unavailable when the order's mode has no processor.
        """

        async def block(tx: Transaction) -> Payment:
            if account is not None:
                tx.endpoints.read_ahead(of=account.merchant_id)
            if keyed is not None:
                keyed.look_ahead(tx)
            order = await tx.orders.get(order_id)
            if keyed is not None:
                await keyed.look(tx)
            if account is not None and order.account != account:
                raise NotFound("Order")
            self.processor_for(order.account.mode)
            return await self._begin(tx, order, instrument, keyed)

        return await self.uow.run(block)

    async def _begin(
        self, tx: Transaction, order: Order, instrument: Instrument, keyed: Keyed[Payment] | None
    ) -> Payment:
        now = self.clock()
        is_first = order.attempts == 0
        order.attempt(at=now)
        facts = [] if is_first else await self._make_room(tx, order)
        payment = Payment.create(new_id(PAYMENT, now, self.chance), order, instrument, at=now)
        id = new_id(OPERATION, now, self.chance)
        operation = payment.request(Kind.AUTHORIZE, id, payment.amount.minor, at=now)
        tx.payments.add(payment)
        tx.operations.add(operation)
        facts += [payment.fact("payment.created"), payment.fact("payment.pending")]
        await self.publish(tx, facts, at=now)
        tx.jobs.put(JobKind.PROCESS_OPERATION, operation.id)
        if keyed is not None:
            keyed.bind(tx, payment, payment.id)
        return payment

    async def _make_room(self, tx: Transaction, order: Order) -> list[Fact]:
        """An unanswered challenge gives way to the new payment; any other open payment refuses it."""
        for payment in await tx.payments.of(order.id):
            if payment.status is Status.REQUIRES_ACTION:
                ask_about_resume(tx, await tx.operations.of(payment.id))
                return payment.supersede(at=self.clock())
            if payment.is_open:
                raise Refused(
                    "payment_in_progress",
                    "Another payment of this order is in progress. Wait for its outcome.",
                    field="order_id",
                    payment_id=payment.id,
                )
        return []
