"""Lists, logs and counts over the rows in memory."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from adapters.memory.jobs import JobRow
from adapters.memory.replays import replayable
from adapters.memory.store import MemoryStore
from core.domain.endpoint import Endpoint
from core.domain.errors import NotFound
from core.domain.event import Event
from core.domain.job import JobKind
from core.domain.merchant import Account, ApiKey
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from ports.clock import Clock
from ports.queries import (
    MAX_COMPLETED,
    MAX_COUNTED,
    SILENT_S,
    History,
    JobCounts,
    Listed,
    OwedJob,
    Page,
    PaymentFilter,
    Replayable,
)

T = TypeVar("T")


class MemoryQueries:
    """See `ports.queries.Queries`."""

    def __init__(self, store: MemoryStore, clock: Clock) -> None:
        self._rows = store.rows
        self._jobs = store.jobs
        self._clock = clock

    async def orders(self, account: Account, page: Page) -> Listed[Order]:
        return _page(self._owned(Order, account), page, "Order")

    async def payments(self, account: Account, page: Page, only: PaymentFilter) -> Listed[Payment]:
        return _page(self._owned(Payment, account), page, "Payment", shows=lambda row: _passes(row, only))

    async def refunds(self, account: Account, payment_id: str, page: Page) -> Listed[Operation]:
        rows = [row for row in self._rows.of(Operation, payment_id) if row.account == account]
        return _page(rows, page, "Refund", shows=lambda row: row.is_refund)

    async def endpoints(self, account: Account, page: Page) -> Listed[Endpoint]:
        rows = [row for row in self._rows.of(Endpoint, account.merchant_id) if row.account == account]
        return _page(rows, page, "Webhook endpoint", shows=lambda row: row.deleted_at is None)

    async def api_keys(self, account: Account, page: Page) -> Listed[ApiKey]:
        rows = [row for row in self._rows.of(ApiKey, account.merchant_id) if row.account == account]
        return _page(rows, page, "API key", lambda key: (key.created_at, key.id))

    async def events(self, account: Account, page: Page) -> Listed[Event]:
        position = self._rows.position
        return _page(self._owned(Event, account), page, "Event", lambda event: (position(event.id), event.id))

    async def deliveries(self, account: Account, *, limit: int, offset: int) -> tuple[list[Delivery], int]:
        rows = self._owned(Delivery, account)
        rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return rows[offset : offset + limit], min(len(rows), MAX_COUNTED)

    async def replayable(
        self, endpoint: Endpoint, scope: ReplayScope,
        *, since: datetime, until: datetime, after: str, limit: int,
    ) -> list[Replayable]:  # fmt: skip
        found = replayable(self._rows, endpoint, scope, since=since, until=until, after=after)
        return list(islice(found, limit))

    async def count_replayable(
        self, endpoint: Endpoint, scope: ReplayScope, *, since: datetime, until: datetime
    ) -> int:
        return sum(1 for _ in replayable(self._rows, endpoint, scope, since=since, until=until))

    async def history(self, account: Account, payment_id: str) -> History | None:
        payment = self._rows.get(Payment, payment_id)
        if payment is None or payment.account != account:
            return None
        events = self._rows.of(Event, payment_id)
        deliveries = [row for event in events for row in self._rows.of(Delivery, event.id)]
        attempts = [row for delivery in deliveries for row in self._rows.of(Attempt, delivery.id)]
        return History(payment, self._rows.of(Operation, payment_id), events, deliveries, attempts)

    async def job_counts(self) -> JobCounts:
        now, rows = self._clock(), list(self._jobs.rows.values())
        parked = Counter(str(row.job.lane) for row in rows if row.parked_at)
        processing = Counter(
            str(row.job.lane) for row in rows if row.claimed and row.leased_until and row.leased_until > now
        )
        every = Counter(str(row.job.lane) for row in rows)
        silent = sum(row.job.kind is JobKind.PROCESS_OPERATION and not row.parked_at
                     and row.created_at < now - timedelta(seconds=SILENT_S) for row in rows)  # fmt: skip
        return JobCounts(every - parked - processing, processing, parked, silent)

    async def completed(self, since: datetime) -> int:
        settled = [row for row in self._all(Operation) if row.created_at >= since and row.settled_at]
        ended = [
            row
            for row in self._all(Delivery)
            if row.created_at >= since and row.status is not DeliveryStatus.PENDING
        ]
        return min(len(settled), MAX_COMPLETED) + min(len(ended), MAX_COMPLETED)

    async def owed(self, *, parked: bool, limit: int) -> list[OwedJob]:
        rows = [row for row in self._jobs.rows.values() if (row.parked_at is not None) is parked]
        rows.sort(key=lambda row: row.due_at)
        return [_owed(row) for row in rows[:limit]]

    async def ping(self) -> None:
        return None

    def _all(self, kind: type[T]) -> Iterable[T]:
        return self._rows.all(kind)

    def _owned(self, kind: type[T], account: Account) -> list[T]:
        return [row for row in self._rows.all(kind) if row.account == account]


def _passes(payment: Payment, only: PaymentFilter) -> bool:
    return (
        (only.status is None or payment.status == only.status)
        and (only.order_id is None or payment.order_id == only.order_id)
        and (only.method is None or payment.method == only.method)
        and (only.created_from is None or payment.created_at >= only.created_from)
        and (only.created_to is None or payment.created_at < only.created_to)
    )


def _page(
    rows: list[T], page: Page, noun: str,
    key: Callable[[T], Any] = attrgetter("id"), shows: Callable[[T], bool] = lambda row: True,
) -> Listed[T]:  # fmt: skip
    """The cursor is any of the rows, also one that the list does not show."""
    rows = sorted(rows, key=key, reverse=True)
    if page.ending_before is not None and page.starting_after is None:
        newer = [*filter(shows, rows[: _find(rows, page.ending_before, noun)])]
        return Listed(newer[-page.limit :], len(newer) > page.limit)
    start = 0 if page.starting_after is None else _find(rows, page.starting_after, noun) + 1
    older = [*filter(shows, rows[start:])]
    return Listed(older[: page.limit], len(older) > page.limit)


def _find(rows: list[T], id: str, noun: str) -> int:
    place = next((i for i, row in enumerate(rows) if getattr(row, "id", None) == id), None)
    if place is None:
        raise NotFound(noun)
    return place


def _owed(row: JobRow) -> OwedJob:
    return OwedJob(row.job, row.due_at, row.leased_until, row.parked_at, row.last_error, row.created_at)
