"""Ask for a capture, a void or a refund."""

from dataclasses import dataclass

from core.domain.errors import NotFound
from core.domain.ids import OPERATION, REFUND, new_id
from core.domain.job import JobKind
from core.domain.merchant import Account
from core.domain.operation import Kind, Operation
from core.domain.payment import Payment, Status
from core.domain.snapshot import of_payment, of_refund
from core.use_cases.audit import Audit
from core.use_cases.keyed import Keyed
from core.use_cases.publish import Publish
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Requested:
    """The payment as it is now, and the operation; None when it was captured for that amount before."""

    payment: Payment
    operation: Operation | None


@dataclass(frozen=True)
class RequestOperation:
    uow: UnitOfWork
    clock: Clock
    chance: Chance
    publish: Publish
    audit: Audit

    async def __call__(
        self, account: Account, actor: str, payment_id: str, kind: Kind, amount: int | None = None,
        *, reason: str | None = None, keyed: Keyed[Requested] | None = None,
    ) -> Requested:  # fmt: skip
        """`amount` in minor units, None for all of it. A worker asks the processor.

        Raises NotFound, Refused (wrong state, another operation in progress, too much), KeyTaken, Busy.
        """

        async def block(tx: Transaction) -> Requested:
            if kind is Kind.REFUND:  # which is told at once
                tx.endpoints.read_ahead(of=account.merchant_id)
            if keyed is not None:
                keyed.look_ahead(tx)
            payment = await tx.payments.get(payment_id)
            if keyed is not None:
                await keyed.look(tx)
            if payment.account != account:
                raise NotFound("Payment")
            if kind is Kind.CAPTURE and _is_captured(payment, amount):
                made = Requested(payment, None)
            else:
                made = await self._request(tx, payment, actor, kind, amount, reason)
            if keyed is not None:
                keyed.bind(tx, made, made.operation.id if made.operation else payment.id)
            return made

        return await self.uow.run(block)

    async def _request(
        self,
        tx: Transaction,
        payment: Payment,
        actor: str,
        kind: Kind,
        amount: int | None,
        reason: str | None,
    ) -> Requested:
        now, before = self.clock(), of_payment(payment)
        id = new_id(REFUND if kind is Kind.REFUND else OPERATION, now, self.chance)
        amount = payment.amount.minor if amount is None else amount
        operation = payment.request(kind, id, amount, at=now, reason=reason)
        tx.operations.add(operation)
        tx.jobs.put(JobKind.PROCESS_OPERATION, operation.id)
        after = of_payment(payment)
        if kind is Kind.REFUND:
            await self.publish(tx, [payment.fact("refund.created", operation)], at=now)
            after = of_refund(operation)
        self.audit(
            tx, payment.account, actor, f"payment.{kind}", payment.id, before=before, after=after, at=now
        )
        return Requested(payment, operation)


def _is_captured(payment: Payment, amount: int | None) -> bool:
    return payment.status is Status.SUCCESS and payment.amount_captured == (amount or payment.amount.minor)
