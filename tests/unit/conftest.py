"""A whole gateway in memory, with a merchant who sells."""

from dataclasses import dataclass

import pytest

from config.container import Gateway
from config.in_memory import in_memory, work
from core.domain.instrument import CardToken, Instrument, Upi
from core.domain.merchant import Account, Mode
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.order import Capture, Order
from core.domain.payment import Payment
from core.use_cases.request_operation import Requested
from ports.queries import History, Page

CARD = CardToken("tok_sim_approved", "visa", "4242")


def card(scenario: str) -> CardToken:
    return CardToken(f"tok_sim_{scenario}", "visa", "0002")


@dataclass
class Shop:
    """What a merchant and a shopper do with a gateway, in short words."""

    gateway: Gateway
    account: Account

    async def order(self, minor: int = 50_000, capture: Capture = Capture.AUTOMATIC, **more: object) -> Order:
        return await self.gateway.create_order()(self.account, Money(minor, "INR"), capture=capture, **more)

    async def pay(self, order: Order, instrument: Instrument | None = None) -> Payment:
        return await self.gateway.create_payment()(self.account, order.id, instrument or Upi("asha@okbank"))

    async def paid(self, minor: int = 50_000, instrument: Instrument | None = None) -> Payment:
        payment = await self.pay(await self.order(minor), instrument)
        await self.work()
        return await self.see(payment)

    async def held(self, minor: int = 50_000) -> Payment:
        payment = await self.pay(await self.order(minor, Capture.MANUAL), CARD)
        await self.work()
        return await self.see(payment)

    async def ask(self, payment: Payment, kind: Kind, amount: int | None = None) -> Requested:
        return await self.gateway.request_operation()(self.account, "key_test_x", payment.id, kind, amount)

    async def work(self) -> None:
        await work(self.gateway)

    async def later(self, **by: float) -> None:
        """Let time pass, and do what became due."""
        self.gateway.clock().advance(**by)
        await self.work()

    async def see(self, payment: Payment) -> Payment:
        async with self.gateway.uow().begin() as tx:
            return await tx.payments.get(payment.id)

    async def see_order(self, payment: Payment) -> Order:
        async with self.gateway.uow().begin() as tx:
            return await tx.orders.get(payment.order_id)

    async def history(self, payment: Payment) -> History:
        history = await self.gateway.queries().history(self.account, payment.id)
        assert history is not None
        return history

    async def told(self, payment: Payment) -> list[str]:
        """The names of the payment's events, in sequence; without a gap or a repeat."""
        events = sorted((await self.history(payment)).events, key=lambda event: event.sequence or 0)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        return [event.name for event in events]

    async def owed(self) -> int:
        return len(await self.gateway.queries().owed(parked=False, limit=100))

    async def events(self) -> list[str]:
        listed = await self.gateway.queries().events(self.account, Page(limit=100))
        return [event.name for event in reversed(listed.data)]

    async def book(self) -> dict[str, int]:
        """What the processor's book says moved, by kind of movement."""
        lines = [line async for line in self.gateway.book().lines()]
        return {
            "taken": sum(line.taken for line in lines),
            "given_back": sum(line.given_back for line in lines),
            "charges": sum(1 for line in lines if line.taken),
        }


@pytest.fixture
def gateway() -> Gateway:
    return in_memory()


@pytest.fixture
async def shop(gateway: Gateway) -> Shop:
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    return Shop(gateway, Account(created.merchant.id, Mode.TEST))
