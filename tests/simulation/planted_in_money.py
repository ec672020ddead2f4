"""Planted bugs that charge twice, lose a charge, or give back too much."""

from collections import Counter
from dataclasses import replace
from typing import Any

from adapters.memory import store
from core.domain.errors import Unavailable
from core.domain.ids import OPERATION, new_id
from core.domain.job import JobKind
from core.domain.operation import Kind, Operation
from core.domain.outcome import Declined
from core.domain.payment import Payment, Status
from core.use_cases import process_operation
from core.use_cases.expire import ExpireOrder
from core.use_cases.process_operation import ProcessOperation
from core.use_cases.request_operation import RequestOperation
from core.use_cases.resume_payment import ResumePayment

Patches = list[tuple[Any, str, Any]]


def new_key() -> Patches:
    """Charge under a new key after a timeout."""
    asked, call = Counter[str](), process_operation.call

    async def impatient(processor: Any, payment: Payment, operation: Operation) -> Any:
        asked[operation.id] += 1
        times = asked[operation.id]
        id = operation.id if times == 1 else f"{operation.id[:-1]}{times % 10}"
        return await call(processor, payment, replace(operation, id=id))

    return [(process_operation, "call", impatient)]


def forgotten_key() -> Patches:
    """Repeat with the same key after the processor has forgotten it."""

    async def ask(self: ProcessOperation, payment: Payment, operation: Operation) -> Any:
        return await process_operation.call(self.processor_for(payment.account.mode), payment, operation)

    return [(ProcessOperation, "_ask", ask)]


def silence_is_failure() -> Patches:
    """Silence is taken for a decline: charged, but marked failed."""
    ask = ProcessOperation._ask

    async def rash(self: ProcessOperation, payment: Payment, operation: Operation) -> Any:
        try:
            return await ask(self, payment, operation)
        except Unavailable:
            return Declined("timeout", "No answer.")

    return [(ProcessOperation, "_ask", rash)]


def absence_is_failure() -> Patches:
    """What the processor does not know yet is taken for declined."""

    async def ask(self: ProcessOperation, payment: Payment, operation: Operation) -> Any:
        processor = self.processor_for(payment.account.mode)
        try:
            return await process_operation.call(processor, payment, operation)
        except Unavailable:
            found = await process_operation.find(processor, payment, operation)
            return found or Declined("not_received", "Never received.")

    return [(ProcessOperation, "_ask", ask)]


def late_success_ignored() -> Patches:
    """A success that is reported after the failure is ignored."""
    from core.domain import settle  # its function of the same name is patched elsewhere

    return [(settle, "_is_news", lambda *_: False)]


def superseded_resumed() -> Patches:
    """A superseded payment is resumed."""

    async def resume(self: ResumePayment, payment_id: str) -> Payment:
        async def block(tx: Any) -> Payment:
            payment: Payment = await tx.payments.get(payment_id)
            if payment.next_action_url and payment.status in (Status.REQUIRES_ACTION, Status.FAILED):
                payment.status, now = Status.REQUIRES_ACTION, self.clock()
                id = new_id(OPERATION, now, self.chance)
                tx.operations.add(payment.request(Kind.RESUME, id, payment.amount.minor, at=now))
                tx.jobs.put(JobKind.PROCESS_OPERATION, id)
            return payment

        return await self.uow.run(block)

    return [(ResumePayment, "__call__", resume)]


def refund_checked_outside() -> Patches:
    """What is refundable is checked outside the block, and no rule of the tables says it again."""
    call, allow = RequestOperation.__call__, Payment._allow

    async def check_first(
        self: Any, account: Any, actor: str, id: str, kind: Kind, amount: int, **more: Any
    ) -> Any:
        async with self.uow.begin() as tx:
            payment = await tx.payments.find(id)
            if payment is not None and payment.account == account:
                allow(payment, kind, amount or payment.amount.minor)
        return await call(self, account, actor, id, kind, amount, **more)

    def trust(payment: Payment, kind: Kind, amount: int) -> None:
        if kind is not Kind.REFUND:
            allow(payment, kind, amount)

    return [
        (RequestOperation, "__call__", check_first), (Payment, "_allow", trust),
        (store, "check", lambda entity: None),
    ]  # fmt: skip


def reservation_kept() -> Patches:
    """A declined refund keeps its reservation."""
    from core.domain import settle

    release = settle._release

    def keep(payment: Payment, operation: Operation, *, late: bool) -> bool:
        reserved = payment.refund_reserved
        fits = release(payment, operation, late=late)
        if operation.is_refund and not late and payment.amount_refunded == 0:
            payment.refund_reserved = reserved
        return fits

    return [(settle, "_release", keep)]


def expired_while_open() -> Patches:
    """An order expires while a payment of it is open."""

    async def expire(self: ExpireOrder, job: Any) -> None:
        async def block(tx: Any) -> None:
            order = await tx.orders.get(job.target_id)
            order.expire(at=self.clock())
            tx.jobs.done(job)

        await self.uow.run(block)

    return [(ExpireOrder, "__call__", expire)]


BUGS = (
    new_key, forgotten_key, silence_is_failure, absence_is_failure, late_success_ignored, superseded_resumed,
    refund_checked_outside, reservation_kept, expired_while_open,
)  # fmt: skip
