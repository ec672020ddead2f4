"""What reading without changing promises."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.endpoint import Endpoint
from core.domain.errors import NotFound
from core.domain.event import Event
from core.domain.ids import PAYMENT, new_id, new_uuid
from core.domain.job import JobKind
from core.domain.merchant import Account
from core.domain.operation import Kind, OperationStatus
from core.domain.payment import Status
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from ports.queries import Page, PaymentFilter, Queries
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import (
    NOW,
    a_payment,
    an_account,
    an_event,
    an_operation,
    an_order,
    chance,
    fresh_id,
)


class QueriesBackend(Backend):
    queries: Queries


class QueriesContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def uow(self, backend: QueriesBackend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, Announced(), backend.clock, SeededChance())

    @pytest.fixture
    def account(self) -> Account:
        return an_account()

    async def add(self, uow: OptimisticUnitOfWork, account: Account, count: int = 1) -> list[Any]:
        """Payments of orders of their own, oldest first."""
        payments = []
        for _ in range(count):
            async with uow.begin() as tx:
                tx.orders.add(order := an_order(account=account))
                tx.payments.add(payment := a_payment(order))
            payments.append(payment)
        return payments

    async def walk(
        self, fetch: Callable[[Page], Awaitable[Any]], *, forward: bool, after: str | None = None
    ) -> list[str]:
        ids: list[str] = []
        while True:
            cursor = ids[-1] if ids else after
            name = "ending_before" if forward else "starting_after"
            listed = await fetch(Page(limit=3, **{name: cursor} if cursor else {}))
            rows = [row.id for row in listed.data]
            ids += reversed(rows) if forward else rows
            if not listed.has_more:
                return ids

    async def test_lists_are_newest_first_and_walk_both_ways(self, backend, uow, account):
        made = [payment.id for payment in await self.add(uow, account, 10)]
        await self.add(uow, an_account(), 3)

        async def fetch(page: Page) -> Any:
            return await backend.queries.payments(account, page, PaymentFilter())

        assert await self.walk(fetch, forward=False) == made[::-1]
        assert await self.walk(fetch, forward=True, after=made[0]) == made[1:]
        newest = await fetch(Page(limit=4))
        assert ([row.id for row in newest.data], newest.has_more) == (made[:-5:-1], True)
        whole = await fetch(Page(limit=10))
        assert (len(whole.data), whole.has_more) == (10, False)

    async def test_a_page_stays_the_same_while_rows_are_added(self, backend, uow, account):
        await self.add(uow, account, 6)
        first = await backend.queries.orders(account, Page(limit=3))
        await self.add(uow, account, 2)
        second = await backend.queries.orders(account, Page(limit=3, starting_after=first.data[-1].id))
        ids = [order.id for order in [*first.data, *second.data]]
        assert ids == sorted(ids, reverse=True)
        assert len(set(ids)) == 6

    async def test_a_cursor_that_is_not_ours_is_not_found(self, backend, uow, account):
        [foreign] = await self.add(uow, an_account())
        await self.add(uow, account)
        for cursor in (foreign.id, "pay_0000000000000000"):
            with pytest.raises(NotFound):
                await backend.queries.payments(account, Page(starting_after=cursor), PaymentFilter())
            with pytest.raises(NotFound):
                await backend.queries.payments(account, Page(ending_before=cursor), PaymentFilter())

    async def test_payments_are_filtered(self, backend, uow, account):
        old, failed, other = await self.add(uow, account, 3)
        async with uow.begin() as tx:
            (await tx.payments.get(failed.id)).status = Status.FAILED
        async with uow.begin() as tx:
            tx.orders.add(order := an_order(account=account))
            late = a_payment(order)
            late.created_at = NOW + timedelta(hours=1)
            late.id = new_id(PAYMENT, late.created_at, chance)
            tx.payments.add(late)

        async def only(**filter: Any) -> set[str]:
            listed = await backend.queries.payments(account, Page(limit=100), PaymentFilter(**filter))
            return {row.id for row in listed.data}

        every = {old.id, failed.id, other.id, late.id}
        assert await only(status="failed") == {failed.id}
        assert await only(order_id=other.order_id) == {other.id}
        assert await only(method="upi") == every
        assert await only(method="card") == set()
        assert await only(created_from=NOW + timedelta(hours=1)) == {late.id}
        assert await only(created_to=NOW + timedelta(hours=1)) == every - {late.id}

    async def test_a_page_goes_on_after_what_the_list_shows_no_more(self, backend, uow, account):
        """A cursor is one of the account's rows, also when it has changed since it was listed."""
        older, cursor, newer = await self.add(uow, account, 3)
        async with uow.begin() as tx:
            (await tx.payments.get(cursor.id)).status = Status.FAILED
            tx.operations.add(first := an_operation(older, Kind.REFUND, 100))
            tx.operations.add(other := an_operation(older, Kind.CAPTURE))
            tx.operations.add(second := an_operation(older, Kind.REFUND, 100))
            endpoints = [an_endpoint(account) for _ in range(3)]
            endpoints[1].deleted_at = NOW
            for endpoint in endpoints:
                tx.endpoints.add(endpoint)

        async def around(fetch: Callable[[Page], Awaitable[Any]], id: str) -> list[str]:
            pages = [await fetch(Page(ending_before=id)), await fetch(Page(starting_after=id))]
            assert not any(page.has_more for page in pages)
            return [row.id for page in pages for row in page.data]

        async def pending(page: Page) -> Any:
            return await backend.queries.payments(account, page, PaymentFilter(status=older.status))

        async def refunds(page: Page) -> Any:
            return await backend.queries.refunds(account, older.id, page)

        async def live(page: Page) -> Any:
            return await backend.queries.endpoints(account, page)

        assert await around(pending, cursor.id) == [newer.id, older.id]
        [one, between, last] = sorted([first.id, other.id, second.id])
        assert await around(refunds, other.id) == [id for id in (last, between, one) if id != other.id]
        assert await around(live, endpoints[1].id) == [endpoints[2].id, endpoints[0].id]

    async def test_refunds_are_those_that_were_asked_for(self, backend, uow, account):
        [payment] = await self.add(uow, account)
        async with uow.begin() as tx:
            tx.operations.add(an_operation(payment, Kind.AUTHORIZE))
            tx.operations.add(refund := an_operation(payment, Kind.REFUND, 100))
        listed = await backend.queries.refunds(account, payment.id, Page())
        assert [row.id for row in listed.data] == [refund.id]
        assert (await backend.queries.refunds(an_account(), payment.id, Page())).data == []

    async def test_events_are_listed_in_commit_order(self, backend, uow, account):
        """An id made early may commit late; a follower must still see it."""
        [payment] = await self.add(uow, account)
        early, middle, late = (an_event(payment, n) for n in (1, 2, 3))
        for event in (middle, late, early):
            async with uow.begin() as tx:
                tx.events.add(event)
        in_order = [middle.id, late.id, early.id]

        async def fetch(page: Page) -> Any:
            return await backend.queries.events(account, page)

        assert await self.walk(fetch, forward=False) == in_order[::-1]
        assert await self.walk(fetch, forward=True, after=middle.id) == in_order[1:]

    async def test_endpoints_without_the_deleted_ones(self, backend, uow, account):
        kept, gone = (an_endpoint(account), an_endpoint(account))
        gone.deleted_at = NOW
        async with uow.begin() as tx:
            tx.endpoints.add(kept)
            tx.endpoints.add(gone)
            tx.endpoints.add(an_endpoint(an_account()))
        assert [row.id for row in (await backend.queries.endpoints(account, Page())).data] == [kept.id]

    async def test_the_delivery_log_pages_by_offset_and_counts_all(self, backend, uow, account):
        deliveries = [await self.deliver(uow, account, n) for n in range(5)]
        rows, total = await backend.queries.deliveries(account, limit=2, offset=1)
        assert total == 5
        assert [row.id for row in rows] == [deliveries[3].id, deliveries[2].id]
        assert await backend.queries.deliveries(an_account(), limit=10, offset=0) == ([], 0)

    async def test_a_payments_history_has_all_of_its_rows(self, backend, uow, account):
        delivery = await self.deliver(uow, account, 0)
        async with uow.begin() as tx:
            event = await tx.events.get(delivery.event_id)
            payment = await tx.payments.get(event.payment_id)
            tx.operations.add(operation := an_operation(payment))
            attempt = Attempt(fresh_id("att"), delivery.id, 1, NOW, 12, 500, "oops", None)
            tx.attempts.add(attempt)
        history = await backend.queries.history(account, payment.id)
        assert history is not None
        assert history.payment == payment
        assert [row.id for row in history.operations] == [operation.id]
        assert [row.id for row in history.events] == [event.id]
        assert [row.id for row in history.deliveries] == [delivery.id]
        assert [row.id for row in history.attempts] == [attempt.id]
        assert await backend.queries.history(an_account(), payment.id) is None

    async def test_job_counts_and_what_is_owed_are_true(self, backend, account):
        announced = Announced()
        uow = OptimisticUnitOfWork(backend.store, announced, backend.clock, SeededChance())
        [payment] = await self.add(uow, account)
        operation = an_operation(payment)
        async with uow.begin() as tx:
            for kind in (JobKind.PROCESS_OPERATION, JobKind.EXPIRE_ORDER, JobKind.DELIVER_EVENT):
                tx.jobs.put(kind, fresh_id("x"))
            operation.status, operation.settled_at = OperationStatus.APPROVED, backend.clock()
            tx.operations.add(operation)
        [job] = await backend.jobs.claim([announced.tickets[0][0]], lease_s=30)
        counts = await backend.queries.job_counts()
        assert dict(counts.pending) == {"money": 1, "deliveries": 1}
        assert dict(counts.processing) == {"money": 1}
        assert counts.silent == 0
        assert await backend.queries.completed(NOW) == 1
        assert await backend.queries.completed(NOW + timedelta(seconds=1)) == 0
        await backend.pass_time(3601)
        assert (await backend.queries.job_counts()).silent == 1
        await backend.pass_time(-3601)
        for _ in range(10):
            await backend.jobs.fail(job, "KeyError: 'x'", after_s=0)
            job = next(iter(await backend.jobs.claim([job.ticket], lease_s=30)), job)
        counts = await backend.queries.job_counts()
        assert dict(counts.parked) == {"money": 1}
        [parked] = await backend.queries.owed(parked=True, limit=10)
        assert (parked.job.id, parked.last_error) == (job.id, "KeyError: 'x'")
        assert parked.parked_at is not None
        owed = await backend.queries.owed(parked=False, limit=10)
        assert {row.job.kind for row in owed} == {JobKind.EXPIRE_ORDER, JobKind.DELIVER_EVENT}

    async def deliver(self, uow: OptimisticUnitOfWork, account: Account, n: int) -> Delivery:
        endpoint = an_endpoint(account)
        [payment] = await self.add(uow, account)
        event: Event = an_event(payment)
        at = NOW + timedelta(seconds=n)
        id = f"00000000-0000-7000-8000-{fresh_id('x')[-12:]}"
        delivery = Delivery(id, account, event.id, endpoint.id, event.name, at, DeliveryStatus.PENDING)
        async with uow.begin() as tx:
            tx.endpoints.add(endpoint)
            tx.events.add(event)
            tx.deliveries.add(delivery)
        return delivery

    async def owed(self, uow, endpoint: Endpoint, events: list[Event], status: DeliveryStatus) -> None:
        async with uow.begin() as tx:
            for event in events:
                id = new_uuid(NOW, SeededChance(fresh_id("x")).bytes(10))
                tx.deliveries.add(Delivery(id, event.account, event.id, endpoint.id, event.name, NOW, status))

    async def test_what_an_endpoint_has_missed_is_found_by_scope(self, backend, uow, account):
        names = [
            "payment.created",
            "payment.pending",
            "payment.success",
            "order.paid",
            "refund.created",
            "webhook.test",
        ]
        [payment] = await self.add(uow, account)
        events = [an_event(payment, number, name) for number, name in enumerate(names, 1)]
        [stranger] = await self.add(uow, an_account())
        async with uow.begin() as tx:
            for event in [*events, an_event(stranger)]:
                tx.events.add(event)
        endpoint = Endpoint("we_1", account, "https://a.example", ("payment.*", "order.paid"), None, "s", NOW)
        await self.owed(uow, endpoint, events[:1], DeliveryStatus.SUCCESS)
        await self.owed(uow, endpoint, events[1:2], DeliveryStatus.PENDING)
        await self.owed(uow, endpoint, events[2:3], DeliveryStatus.FAILED)
        other = Endpoint("we_2", account, "https://b.example", (), None, "s", NOW)
        await self.owed(uow, other, events[3:4], DeliveryStatus.FAILED)
        span = {"since": NOW, "until": NOW + timedelta(seconds=1)}

        async def found(scope: ReplayScope, endpoint: Endpoint = endpoint, **more: Any) -> list[str]:
            wanted = {"after": "", "limit": 10} | span | more
            rows = await backend.queries.replayable(endpoint, scope, **wanted)
            if not more:
                assert await backend.queries.count_replayable(endpoint, scope, **span) == len(rows)
            assert all(
                (row.delivery_id is None) is (row.name == "order.paid")
                for row in rows
                if endpoint.id == "we_1"
            )
            return [row.event_id for row in rows]

        ids = [event.id for event in events]
        assert await found(ReplayScope.FAILED) == [ids[2]]
        assert await found(ReplayScope.UNDELIVERED) == ids[2:4]
        assert await found(ReplayScope.ALL) == [ids[0], *ids[2:4]]
        assert await found(ReplayScope.UNDELIVERED, other) == [*ids[:5]], "an empty filter lets all through"
        assert await found(ReplayScope.ALL, after=ids[0], limit=1) == [ids[2]]
        assert await found(ReplayScope.ALL, since=NOW + timedelta(seconds=1)) == []
        assert await found(ReplayScope.ALL, until=NOW) == []


def an_endpoint(account: Account, secret: str = "sealed") -> Endpoint:
    return Endpoint(fresh_id("we"), account, "https://shop.example/hook", (), None, secret, NOW)
