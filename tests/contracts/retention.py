"""What forgetting promises."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.idempotency import KeyUse
from core.domain.ids import ATTEMPT, new_id
from core.domain.webhook import Attempt, Delivery
from ports.retention import Retention
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import NOW, a_payment, an_event, an_order, chance, fresh_id


class RetentionBackend(Backend):
    retention: Retention


class RetentionContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def uow(self, backend: RetentionBackend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, Announced(), backend.clock, SeededChance())

    async def attempts(self, uow: OptimisticUnitOfWork, *times: datetime) -> Delivery:
        async with uow.begin() as tx:
            tx.orders.add(order := an_order())
            tx.payments.add(payment := a_payment(order))
            tx.events.add(event := an_event(payment))
            tx.deliveries.add(
                made := Delivery(fresh_id("del"), event.account, event.id, "we_1", "payment.created", NOW)
            )
            for number, at in enumerate(times, 1):
                tx.attempts.add(Attempt(new_id(ATTEMPT, at, chance), made.id, number, at, 5, 200, "", None))
        return made

    async def left(self, uow: Any, delivery: Delivery) -> list[int]:
        async with uow.begin() as tx:
            await tx.deliveries.get(delivery.id)
            return [attempt.number for attempt in await tx.attempts.of(delivery.id)]

    async def test_old_attempts_are_forgotten_and_nothing_else(self, backend, uow):
        made = await self.attempts(uow, NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2))
        assert await backend.retention.forget_attempts(NOW + timedelta(hours=1), limit=10) == 1
        assert await self.left(uow, made) == [2, 3]
        assert await backend.retention.forget_attempts(NOW + timedelta(hours=1), limit=10) == 0

    async def test_no_more_than_asked_for_at_a_time(self, backend, uow):
        made = await self.attempts(uow, *(NOW + timedelta(seconds=n) for n in range(5)))
        until = NOW + timedelta(hours=1)
        assert [await backend.retention.forget_attempts(until, limit=2) for _ in range(4)] == [2, 2, 1, 0]
        assert await self.left(uow, made) == []

    async def test_old_keys_are_forgotten(self, backend, uow):
        async with uow.begin() as tx:
            tx.keys.bind(KeyUse("scope", "key", "print"), 201, "{}", "order_1")
        now = backend.clock()
        assert await backend.retention.forget_keys(now - timedelta(hours=1), limit=10) == 0
        async with uow.begin() as tx:
            assert await tx.keys.find("scope", "key") is not None
        assert await backend.retention.forget_keys(now + timedelta(hours=1), limit=10) == 1
        async with uow.begin() as tx:
            assert await tx.keys.find("scope", "key") is None
            tx.keys.bind(KeyUse("scope", "key", "other"), 201, "{}", "order_2")
