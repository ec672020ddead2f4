"""What forgetting promises."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.endpoint import Endpoint
from core.domain.errors import NotFound
from core.domain.event import Event
from core.domain.idempotency import KeyUse
from core.domain.ids import ATTEMPT, EVENT, new_id, new_uuid
from core.domain.job import JobKind
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from ports.queries import Queries
from ports.retention import Retention
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import ACCOUNT, chance

# From before the gateway existed: no place has been made for those days, so that row by row is forgotten.
THEN = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class RetentionBackend(Backend):
    retention: Retention
    queries: Queries


class RetentionContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def uow(self, backend: RetentionBackend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, Announced(), backend.clock, SeededChance())

    async def owed(
        self, uow: OptimisticUnitOfWork, *attempts: datetime, at: datetime = THEN, is_over: bool = True
    ) -> Delivery:
        """A delivery of an event, both made then, with attempts of those times."""
        event = Event(new_id(EVENT, at, chance), ACCOUNT, "payment.created", None, None, "{}", 1, at)
        id = new_uuid(at, chance(10).encode())
        made = Delivery(id, ACCOUNT, event.id, "we_1", event.name, at)
        made.status = DeliveryStatus.SUCCESS if is_over else DeliveryStatus.PENDING
        async with uow.begin() as tx:
            tx.events.add(event)
            tx.deliveries.add(made)
            for number, tried_at in enumerate(attempts, 1):
                id = new_id(ATTEMPT, tried_at, chance)
                tx.attempts.add(Attempt(id, made.id, number, tried_at, 5, 200, "", None))
        return made

    async def left(self, uow: Any, delivery: Delivery) -> list[int]:
        async with uow.begin() as tx:
            await tx.deliveries.get(delivery.id)
            return [attempt.number for attempt in await tx.attempts.of(delivery.id)]

    async def is_there(self, rows: Any, id: str) -> bool:
        try:
            await rows.get(id)
        except NotFound:
            return False
        return True

    async def test_old_attempts_are_forgotten_and_nothing_else(self, backend, uow):
        made = await self.owed(uow, THEN, THEN + HOUR, THEN + 2 * HOUR)
        assert await backend.retention.forget_attempts(THEN + HOUR, limit=10) is False
        assert await self.left(uow, made) == [2, 3]

    async def test_no_more_than_asked_for_at_a_time(self, backend, uow):
        made = await self.owed(uow, *(THEN + timedelta(seconds=n) for n in range(5)))
        until = THEN + HOUR
        assert [await backend.retention.forget_attempts(until, limit=2) for _ in range(3)] == [
            True,
            True,
            False,
        ]
        assert await self.left(uow, made) == []

    async def test_old_deliveries_go_before_their_events(self, backend, uow):
        old, young = await self.owed(uow), await self.owed(uow, at=THEN + 2 * HOUR)
        await backend.retention.forget_events(THEN + HOUR, limit=10)
        async with uow.begin() as tx:
            assert await self.is_there(tx.events, old.event_id), "its delivery is there"
        await backend.retention.forget_deliveries(THEN + HOUR, limit=10)
        async with uow.begin() as tx:
            assert not await self.is_there(tx.deliveries, old.id)
            assert await self.is_there(tx.events, old.event_id)
        await backend.retention.forget_events(THEN + HOUR, limit=10)
        async with uow.begin() as tx:
            assert not await self.is_there(tx.events, old.event_id)
            assert await self.is_there(tx.deliveries, young.id)
            assert await self.is_there(tx.events, young.event_id)

    async def test_what_is_not_known_any_more_counts_as_delivered(self, backend, uow):
        """Deliveries go before their events: an event of that time without one may well have arrived."""
        endpoint = Endpoint("we_1", ACCOUNT, "https://a.example", (), None, "s", THEN)
        arrived, young = await self.owed(uow), THEN + 2 * HOUR
        never = Event(new_id(EVENT, young, chance), ACCOUNT, "payment.created", None, None, "{}", 0, young)
        async with uow.begin() as tx:
            tx.events.add(never)
        await backend.retention.forget_deliveries(THEN + HOUR, limit=10)
        await backend.retention.forget_deliveries(THEN, limit=10)
        async with uow.begin() as tx:
            assert await self.is_there(tx.events, arrived.event_id)
        span = {"since": THEN, "until": THEN + 3 * HOUR}
        for scope in (ReplayScope.UNDELIVERED, ReplayScope.ALL):
            found = await backend.queries.replayable(endpoint, scope, **span, after="", limit=10)
            assert [row.event_id for row in found] == [never.id]
            assert await backend.queries.count_replayable(endpoint, scope, **span) == 1

    async def test_a_delivery_stays_while_it_is_owed_or_has_attempts(self, backend, uow):
        pending, tried = await self.owed(uow, is_over=False), await self.owed(uow, THEN)
        asked_for = await self.owed(uow)
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.DELIVER_EVENT, asked_for.id)
        for _ in range(2):
            assert await backend.retention.forget_deliveries(THEN + HOUR, limit=10) is False
        async with uow.begin() as tx:
            for delivery in (pending, tried, asked_for):
                assert await self.is_there(tx.deliveries, delivery.id)
        await backend.retention.forget_attempts(THEN + HOUR, limit=10)
        await backend.retention.forget_deliveries(THEN + HOUR, limit=10)
        async with uow.begin() as tx:
            assert not await self.is_there(tx.deliveries, tried.id)
            assert await self.is_there(tx.deliveries, pending.id)

    async def test_room_is_made_as_often_as_one_likes(self, backend, uow):
        now = backend.clock()
        for after in (timedelta(0), timedelta(0), timedelta(days=40)):
            await backend.retention.make_room(now + after)
        made = await self.owed(uow, now, at=now)
        assert await self.left(uow, made) == [1]

    async def test_old_keys_are_forgotten(self, backend, uow):
        async with uow.begin() as tx:
            tx.keys.bind(KeyUse("scope", "key", "print"), 201, "{}", "order_1")
        now = backend.clock()
        assert await backend.retention.forget_keys(now - HOUR, limit=10) is False
        async with uow.begin() as tx:
            assert await tx.keys.find("scope", "key") is not None
        assert await backend.retention.forget_keys(now + HOUR, limit=10) is False
        async with uow.begin() as tx:
            assert await tx.keys.find("scope", "key") is None
            tx.keys.bind(KeyUse("scope", "key", "other"), 201, "{}", "order_2")
