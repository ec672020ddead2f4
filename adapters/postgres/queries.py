"""Lists, logs and counts from PostgreSQL, each in one round trip."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg.pq.abc import PGresult

from adapters.postgres import page_statements as lists
from adapters.postgres import query_statements as ask
from adapters.postgres import replay_statements as find
from adapters.postgres.database import Database
from adapters.postgres.failures import not_migrated
from adapters.postgres.line import Step
from adapters.postgres.literals import one, texts
from adapters.postgres.page_statements import Direction
from adapters.postgres.rows import entities, values
from adapters.postgres.statements import COMMIT
from adapters.postgres.tables import REVISION
from core.domain.endpoint import Endpoint
from core.domain.errors import NotFound
from core.domain.event import Event
from core.domain.ids import EVENT, OPERATION, PAYMENT, REFUND, TICK, first_id, last_id, new_uuid
from core.domain.job import Job, JobKind
from core.domain.merchant import Account, ApiKey
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import ReplayScope
from core.domain.webhook import Attempt, Delivery
from ports.queries import History, JobCounts, Listed, OwedJob, Page, PaymentFilter, Replayable


class PostgresQueries:
    """See `ports.queries.Queries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def orders(self, account: Account, page: Page) -> Listed[Order]:
        return await self._page(Order, "Order", account, page)

    async def payments(self, account: Account, page: Page, only: PaymentFilter) -> Listed[Payment]:
        given = {field.name: getattr(only, field.name) for field in fields(only)}
        if only.created_from is not None:
            given["first_id"] = first_id(PAYMENT, only.created_from)
        if only.created_to is not None:
            given["end_id"] = last_id(PAYMENT, only.created_to)
        return await self._page(Payment, "Payment", account, page, **given)

    async def refunds(self, account: Account, payment_id: str, page: Page) -> Listed[Operation]:
        return await self._page(Operation, "Refund", account, page, payment_id=payment_id)

    async def endpoints(self, account: Account, page: Page) -> Listed[Endpoint]:
        return await self._page(Endpoint, "Webhook endpoint", account, page)

    async def api_keys(self, account: Account, page: Page) -> Listed[ApiKey]:
        return await self._page(ApiKey, "API key", account, page)

    async def events(self, account: Account, page: Page) -> Listed[Event]:
        return await self._page(Event, "Event", account, page)

    async def deliveries(self, account: Account, *, limit: int, offset: int) -> tuple[list[Delivery], int]:
        owner = _owner(account)
        listed, counted = await self._together(
            (ask.DELIVERIES, [*owner, one(limit), one(offset)]), (ask.DELIVERY_COUNT, owner)
        )
        return entities(Delivery, listed), values(counted)[0][0]

    async def replayable(
        self, endpoint: Endpoint, scope: ReplayScope,
        *, since: datetime, until: datetime, after: str, limit: int,
    ) -> list[Replayable]:  # fmt: skip
        wanted = [*_span(endpoint, scope, since, until, after), one(limit)]
        [found] = await self._database.read([(find.replayable(scope), wanted)])
        return [Replayable(*row) for row in values(found)]

    async def count_replayable(
        self, endpoint: Endpoint, scope: ReplayScope, *, since: datetime, until: datetime
    ) -> int:
        [found] = await self._database.read([(find.count(scope), _span(endpoint, scope, since, until))])
        return int(values(found)[0][0])

    async def history(self, account: Account, payment_id: str) -> History | None:
        key = [one(payment_id)]
        found = await self._together(*((part, key) for part in ask.OF_PAYMENT.values()))
        rows = {kind: entities(kind, result) for kind, result in zip(ask.OF_PAYMENT, found, strict=True)}
        payment = next(iter(rows[Payment]), None)
        if payment is None or payment.account != account:
            return None
        return History(payment, rows[Operation], rows[Event], rows[Delivery], rows[Attempt])

    async def job_counts(self) -> JobCounts:
        [by_lane] = await self._database.read([(ask.JOB_COUNTS, ())])
        lanes = values(by_lane)
        pending, processing, parked = (
            {lane: counts[place] for lane, *counts in lanes if counts[place]} for place in range(3)
        )
        silent = sum(counts[3] for _, *counts in lanes)
        return JobCounts(pending, processing, parked, silent)

    async def completed(self, since: datetime) -> int:
        first = [first_id(OPERATION, since), first_id(REFUND, since), new_uuid(since, bytes(10))]
        [found] = await self._database.read([(ask.COMPLETED, list(map(one, first)))])
        return int(values(found)[0][0])

    async def owed(self, *, parked: bool, limit: int) -> list[OwedJob]:
        [found] = await self._database.read([(ask.owed(parked=parked), [one(limit)])])
        return [_owed(*row) for row in values(found)]

    async def ping(self) -> None:
        [found] = await self._database.read([(ask.PING, ())])
        newest = max((revision for (revision,) in values(found)), default="")
        # A database that is ahead of us is being prepared for our successor, and still good for us.
        if newest < REVISION:
            raise not_migrated()

    async def _page(
        self, kind: type, noun: str, account: Account, page: Page, **filters: str | datetime | None
    ) -> Listed[Any]:
        given = {name: value for name, value in filters.items() if value is not None}
        owner, names = [*_owner(account), *map(one, given.values())], tuple(given)
        cursor, direction = _direction(page)
        place = [] if cursor is None else [one(cursor)]
        steps: list[Step] = [(lists.page(kind, names, direction), [*owner, *place, one(page.limit + 1)])]
        if cursor is not None:
            scope = names if kind is Operation else ()
            steps.append((lists.has(kind, scope), [*owner[: 2 + len(scope)], *place]))
        found, *known = await self._database.read(steps)
        if known and not known[0].ntuples:
            raise NotFound(noun)
        rows = entities(kind, found)
        data = rows[: page.limit]
        return Listed(data[::-1] if direction is Direction.NEWER else data, len(rows) > page.limit)

    async def _together(self, *steps: Step) -> list[PGresult]:
        """All of them as of one moment."""
        found = await self._database.read([(ask.SNAPSHOT, ()), *steps, (COMMIT, ())])
        return found[1:-1]


def _owner(account: Account) -> list[bytes | None]:
    return [one(account.merchant_id), one(account.mode)]


def _span(
    endpoint: Endpoint, scope: ReplayScope, since: datetime, until: datetime, after: str = ""
) -> list[bytes | None]:
    """The parameters of `replay_statements`. Ids begin with the time to within a tick."""
    given: dict[str, bytes | None] = {
        "merchant_id": one(endpoint.account.merchant_id), "mode": one(endpoint.account.mode),
        "endpoint_id": one(endpoint.id), "names": texts(list(endpoint.events)),
        "since": one(since), "until": one(until),
        "after": one(max(after, first_id(EVENT, since))), "before": one(first_id(EVENT, until + TICK)),
    }  # fmt: skip
    return [given[name] for name in find.parameters(scope)]


def _owed(id: str, kind: str, target: str, lease: int, tries: int, failures: int, *rest: Any) -> OwedJob:
    return OwedJob(Job(id, JobKind(kind), target, lease, tries, failures), *rest)


def _direction(page: Page) -> tuple[str | None, Direction]:
    if page.starting_after is not None:
        return page.starting_after, Direction.OLDER
    if page.ending_before is not None:
        return page.ending_before, Direction.NEWER
    return None, Direction.NEWEST
