"""A shop whose payments stand at every place that a payment can come to, on real PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from dependency_injector import providers

from adapters.memory.coordination import MemoryCoordination
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.webhook_sender import MemoryWebhookSender
from config.container import Gateway
from config.settings import Settings
from core.domain.idempotency import KeyUse
from core.domain.instrument import Upi
from core.domain.job import JobKind
from core.domain.merchant import Account, Mode
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import Declined
from core.domain.payment import Payment, Reversal, Status
from core.domain.webhook import DeliveryStatus
from core.use_cases.keyed import Keyed
from tests.integration.postgres_databases import connect
from tests.unit.conftest import CARD, Shop, card

SETTINGS: dict[str, Any] = {
    "environment": "development", "simulator_book": True, "pepper": "p" * 32,
    "encryption_keys": "test:" + "A" * 43 + "=",
}  # fmt: skip
HOOK, DEAF_HOOK = "https://shop.example/hook", "https://deaf.example/hook"
DECLINED = Declined("declined", "Declined.")


@dataclass
class Liar:
    """The simulator, but what it did is denied at first for as many calls as told, by kind."""

    processor: Any
    lies: dict[str, int]

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.processor, name)

        async def lie(*arguments: Any, **more: Any) -> Any:
            outcome = await call(*arguments, **more)
            if not self.lies.get(name):
                return outcome
            self.lies[name] -= 1
            return DECLINED

        return lie


@asynccontextmanager
async def a_shop(url: str) -> AsyncIterator[Shop]:
    """Without Redis and the network; two endpoints, one of which never answers."""
    gateway = Gateway(settings=Settings(database_url=url, **SETTINGS))
    clock, sender = gateway.clock(), MemoryWebhookSender({HOOK: lambda request: 204})
    gateway.override_providers(
        job_queue=providers.Object(MemoryJobQueue(clock)),
        coordination=providers.Object(MemoryCoordination(clock)),
        rate_limiter=providers.Object(MemoryRateLimiter(clock)),
        sender=providers.Object(sender),
    )
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    account = Account(created.merchant.id, Mode.TEST)
    for hook, events in ((HOOK, ()), (DEAF_HOOK, ("payment.*",))):
        await gateway.create_endpoint()(account, "key_test_x", hook, events=events)
    try:
        yield Shop(gateway, account)
    finally:
        await gateway.announcer().drain()
        for closing in (gateway.book().close, gateway.verification().close, gateway.database().close):
            await closing()


async def trade(shop: Shop) -> None:
    """Payments of every kind, most of them to their end."""
    for _ in range(3):
        await shop.paid()
    await shop.order()
    await shop.order(expires_in_s=3600)
    order = await shop.order()
    for instrument in (card("declined_insufficient_funds"), Upi("fail@okbank"), CARD):
        await shop.pay(order, instrument)
        await shop.work()
    await _challenges(shop)
    await _holds(shop)
    await _refunds(shop)
    await _late_news(shop)
    await _keys(shop)
    for instrument in (Upi("slow@okbank"), Upi("timeout@okbank")):
        await shop.pay(await shop.order(), instrument)
    held, paid = await shop.held(), await shop.paid()
    # Nobody has begun to work on these.
    await shop.ask(held, Kind.CAPTURE)
    await shop.ask(paid, Kind.REFUND, 10_000)
    await shop.pay(await shop.order())


async def _challenges(shop: Shop) -> None:
    """Approved, refused, waited for, given up for another payment, and not answered in time."""
    gateway = shop.gateway
    for approved in (True, False):
        payment = await shop.paid(instrument=card("three_d_secure"))
        await gateway.challenges().choose(payment.reference, approved)
        await gateway.resume_payment()(payment.id)
        await shop.work()
    for _ in range(2):
        await shop.paid(instrument=card("three_d_secure"))
    payment = await shop.paid(instrument=card("three_d_secure"))
    await shop.pay(await shop.see_order(payment))
    payment = await shop.paid(instrument=card("three_d_secure"))
    await _is_over(shop, payment, "next_action_expires_at")


async def _holds(shop: Shop) -> None:
    """Captured in part and twice for the same, voided, let go of at their expiry, and held."""
    captured, voided, lapsed, *_ = [await shop.held() for _ in range(4)]
    for _ in range(2):
        await shop.ask(captured, Kind.CAPTURE, 20_000)
        await shop.work()
    await shop.ask(voided, Kind.VOID)
    await _is_over(shop, lapsed, "authorization_expires_at")


async def _refunds(shop: Shop) -> None:
    """In parts, in full, and refused."""
    for amounts, instrument in (
        ((20_000, 25_000), CARD),
        ((50_000,), CARD),
        ((10_000,), card("refund_fails")),
    ):
        payment = await shop.paid(instrument=instrument)
        for amount in amounts:
            await shop.ask(payment, Kind.REFUND, amount)
        await shop.work()


async def _late_news(shop: Shop) -> None:
    """What the processor did and denied: a capture, a void, a refund, a charge, and one it does not take back."""
    await _denied(shop, await shop.held(), Kind.CAPTURE)
    await _denied(shop, await shop.held(), Kind.VOID)
    await _denied(shop, await shop.paid(), Kind.REFUND)
    for lies in ({"authorize": 1}, {"authorize": 1, "refund": 1}):
        with shop.gateway.processor.override(providers.Object(Liar(shop.gateway.simulator(), lies))):
            payment = await shop.paid()
            assert payment.status is Status.FAILED
            [operation] = (await shop.history(payment)).operations
            await _report(shop, operation.id)
    assert (await shop.see(payment)).reversal is Reversal.OPEN


async def _denied(shop: Shop, payment: Payment, kind: Kind) -> None:
    with shop.gateway.processor.override(providers.Object(Liar(shop.gateway.simulator(), {kind: 1}))):
        asked = await shop.ask(payment, kind, 10_000)
        await shop.work()
    assert asked.operation is not None
    await _report(shop, asked.operation.id)


async def _report(shop: Shop, operation_id: str) -> None:
    """The processor says that it has news."""
    async with shop.gateway.uow().begin() as tx:
        tx.jobs.put(JobKind.FIND_OPERATION, operation_id)
    await shop.work()


async def _keys(shop: Shop) -> None:
    """Requests under keys, and a delivery that is asked for again."""
    make = shop.gateway.create_order()
    for number in range(3):
        use = KeyUse(f"{shop.account.merchant_id}:test", f"key-{number}", "f" * 64)
        await make(shop.account, Money(100, "INR"), keyed=Keyed(use, lambda order: (201, order.id)))
    deliveries, _ = await shop.gateway.queries().deliveries(shop.account, limit=100, offset=0)
    done = next(delivery for delivery in deliveries if delivery.status is DeliveryStatus.SUCCESS)
    await shop.gateway.replay_delivery()(shop.account, "key_test_x", done.id)
    await shop.work()


async def _is_over(shop: Shop, payment: Payment, deadline: str) -> None:
    """Its time has come, and its job's."""
    await shop.work()
    with connect(shop.gateway.settings().database_url) as admin:
        admin.execute(f"UPDATE payments SET {deadline} = now() - interval '1 s' WHERE id = %s", [payment.id])
        admin.execute(
            "UPDATE jobs SET due_at = now(), leased_until = NULL WHERE target_id = %s", [payment.id]
        )
    await shop.work()
