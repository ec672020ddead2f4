"""Reading without changing: lists, logs and counts. A read is consistent in itself and may be a moment old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from core.domain.endpoint import Endpoint
from core.domain.event import Event
from core.domain.job import Job
from core.domain.merchant import Account, ApiKey
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery

T = TypeVar("T")

SILENT_S = 3600
MAX_COUNTED = 10_000  # of a list
MAX_COMPLETED = 50_000  # of a kind


@dataclass(frozen=True, slots=True)
class Page:
    """A window on a list, newest first: at most `limit` rows older than `starting_after`, or the rows
    next newer than `ending_before`."""

    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The rows of a page, and whether there are more in its direction."""

    data: list[T]
    has_more: bool


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """None means any; `created_from` is included, `created_to` is not."""

    status: str | None = None
    order_id: str | None = None
    method: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All rows of one payment."""

    payment: Payment
    operations: Sequence[Operation]
    events: Sequence[Event]
    deliveries: Sequence[Delivery]
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class OwedJob:
    """A job as an operator sees it. Times are None while they do not apply."""

    job: Job
    due_at: datetime
    leased_until: datetime | None
    parked_at: datetime | None
    last_error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JobCounts:
    """Per lane: waiting, under a claim, parked. Silent: operations that have waited for their processor for more
    than `SILENT_S`."""

    pending: Mapping[str, int] = field(default_factory=dict)
    processing: Mapping[str, int] = field(default_factory=dict)
    parked: Mapping[str, int] = field(default_factory=dict)
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Replayable:
    """An event that an endpoint may be told once more, and the delivery that was owed to it, if there was one."""

    event_id: str
    name: str
    delivery_id: str | None


class Queries(Protocol):
    """Raises Unavailable when the database gives no answer in time, NotFound for a cursor that is not a row."""

    async def orders(self, account: Account, page: Page) -> Listed[Order]: ...

    async def payments(self, account: Account, page: Page, only: PaymentFilter) -> Listed[Payment]: ...

    async def refunds(self, account: Account, payment_id: str, page: Page) -> Listed[Operation]: ...

    async def endpoints(self, account: Account, page: Page) -> Listed[Endpoint]: ...

    async def api_keys(self, account: Account, page: Page) -> Listed[ApiKey]:
        """Also those that have ended."""
        ...

    async def events(self, account: Account, page: Page) -> Listed[Event]:
        """In commit order, and only those that none can still commit before: following
        `ending_before` misses none."""
        ...

    async def deliveries(self, account: Account, *, limit: int, offset: int) -> tuple[list[Delivery], int]:
        """Newest first, and how many there are in all, counted up to `MAX_COUNTED`."""
        ...

    async def replayable(
        self, endpoint: Endpoint, scope: ReplayScope,
        *, since: datetime, until: datetime, after: str, limit: int,
    ) -> list[Replayable]:  # fmt: skip
        """Of its account's events that were made from `since` and before `until`: what the scope covers, in the
        order of their ids, from the one after `after`. An event made before deliveries were forgotten does not count
        as never owed: its own may be among them."""
        ...

    async def count_replayable(
        self, endpoint: Endpoint, scope: ReplayScope, *, since: datetime, until: datetime
    ) -> int: ...

    async def history(self, account: Account, payment_id: str) -> History | None: ...

    async def job_counts(self) -> JobCounts: ...

    async def completed(self, since: datetime) -> int:
        """How many operations, refunds and deliveries made since then have ended; of each up to `MAX_COMPLETED`."""
        ...

    async def owed(self, *, parked: bool, limit: int) -> list[OwedJob]:
        """The parked ones, or all others by due time."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable when the database cannot be reached or has no tables of ours."""
        ...
