"""Write an outcome down, tell of it, and owe what follows from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.ids import OPERATION, new_id
from core.domain.job import JobKind
from core.domain.operation import Cause, Kind, Operation
from core.domain.outcome import Final
from core.domain.payment import Payment
from core.domain.settle import settle
from core.domain.snapshot import of_payment
from core.domain.transitions import Then
from core.use_cases.audit import GATEWAY, Audit
from core.use_cases.publish import Publish
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Transaction

REVERSE_AGAIN_S = 24 * 3600.0


@dataclass(frozen=True)
class SettleOperation:
    """Part of a block; the handler that heard the outcome closes its job in the same one."""

    clock: Clock
    chance: Chance
    publish: Publish
    audit: Audit
    hold_s: float = 7 * 24 * 3600.0

    async def __call__(self, tx: Transaction, operation_id: str, outcome: Final) -> Payment:
        """The payment as it is then. Hearing the same outcome again changes nothing."""
        operation = await tx.operations.get(operation_id)
        payment = await tx.payments.get(operation.payment_id)
        tx.endpoints.read_ahead(of=payment.account.merchant_id)
        order = await tx.orders.get(payment.order_id)
        now = self.clock()
        settled = settle(payment, operation, outcome, order, at=now)
        if settled.then is not None:
            self._owe(tx, settled.then, payment, operation, now)
        await self.publish(tx, settled.facts, at=now)
        return payment

    def _owe(
        self, tx: Transaction, then: Then, payment: Payment, operation: Operation, now: datetime
    ) -> None:
        match then:
            case Then.EXPIRE_CHALLENGE:
                assert payment.next_action_expires_at is not None
                wait = payment.next_action_expires_at - now
                tx.jobs.put(JobKind.EXPIRE_CHALLENGE, payment.id, after_s=wait.total_seconds())
            case Then.EXPIRE_HOLD:
                payment.authorization_expires_at = now + timedelta(seconds=self.hold_s)
                tx.jobs.put(JobKind.EXPIRE_HOLD, payment.id, after_s=self.hold_s)
            case Then.REVERSE_BY_VOID:
                self.reverse(tx, payment, Kind.VOID, operation.amount.minor, now)
            case Then.REVERSE_BY_REFUND:
                self.reverse(tx, payment, Kind.REFUND, operation.amount.minor, now)
            case Then.REVERSE_TOMORROW:
                tx.jobs.put(JobKind.REVERSE_AGAIN, payment.id, after_s=REVERSE_AGAIN_S)

    def reverse(self, tx: Transaction, payment: Payment, kind: Kind, amount: int, now: datetime) -> None:
        """Give back a charge that the payment does not want any more."""
        id, before = new_id(OPERATION, now, self.chance), of_payment(payment)
        tx.operations.add(payment.request(kind, id, amount, at=now, cause=Cause.REVERSAL))
        tx.jobs.put(JobKind.PROCESS_OPERATION, id)
        self.audit(
            tx, payment.account, GATEWAY, f"payment.{kind}", payment.id,
            before=before, after={"cause": Cause.REVERSAL, "operation_id": id, "amount": amount}, at=now,
        )  # fmt: skip
