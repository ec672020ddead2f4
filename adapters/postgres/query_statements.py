"""The statements of lists, logs and counts."""

from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw

from adapters.postgres.line import Statement
from adapters.postgres.rows import flatten
from adapters.postgres.sql import NOW, statement
from adapters.postgres.tables import (
    TABLES,
    api_keys,
    attempts,
    deliveries,
    endpoints,
    events,
    jobs,
    operations,
    payments,
)
from core.domain.endpoint import Endpoint
from core.domain.event import Event
from core.domain.job import JobKind
from core.domain.merchant import ApiKey
from core.domain.operation import Cause, Kind, Operation
from core.domain.payment import Payment
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from ports.queries import MAX_COUNTED, SILENT_S

# One moment for all statements until COMMIT.
SNAPSHOT = Statement(b"", b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
PING = Statement(b"", b"SELECT version_num FROM alembic_version")

_DAY: sa.ColumnElement[Any] = raw("interval '24 hours'")
_PAYMENT_ID = sa.bindparam("payment_id", type_=sa.Text)
Condition = sa.ColumnElement[bool]


class Direction(StrEnum):
    """Where a page is: at the newest, older than a cursor, or next newer than one."""

    NEWEST = "newest"
    OLDER = "older"
    NEWER = "newer"


# What is always so for the rows of a list, besides whose they are.
_LISTED: dict[type, list[Condition]] = {
    Operation: [
        operations.c.kind == raw(f"'{Kind.REFUND}'"),
        operations.c.cause != raw(f"'{Cause.REVERSAL}'"),
    ],
    Endpoint: [endpoints.c.deleted_at.is_(None)],
    # Whoever commits later has a higher xid than any that is listed, so that who follows misses nobody.
    Event: [events.c.xid < sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot())],
}
# What a list is sorted by, where ids do not sort by the time they were made.
_PLACES: dict[type, list[sa.Column[Any]]] = {
    Event: [events.c.xid, events.c.id],
    ApiKey: [api_keys.c.created_at, api_keys.c.id],
}
_BOUNDS: dict[str, Condition] = {
    "created_from": payments.c.created_at >= sa.bindparam("created_from", type_=sa.DateTime(timezone=True)),
    "created_to": payments.c.created_at < sa.bindparam("created_to", type_=sa.DateTime(timezone=True)),
    # Ids begin with the time: the list's own index leads to where it begins and ends.
    "first_id": payments.c.id >= sa.bindparam("first_id", type_=sa.Text),
    "end_id": payments.c.id < sa.bindparam("end_id", type_=sa.Text),
}


@cache
def page(kind: type, filters: tuple[str, ...], direction: Direction) -> Statement:
    """$1…: merchant_id, mode, the filters, the cursor unless at the newest, the limit."""
    table = TABLES[kind]
    place = _PLACES.get(kind, [table.c.id])
    older = direction is not Direction.NEWER
    wanted = _whole(kind).where(*_owned(table, filters), *_LISTED.get(kind, []))
    cursor = [] if direction is Direction.NEWEST else ["cursor"]
    if cursor:
        here = _cursor(table, place)
        wanted = wanted.where(sa.tuple_(*place) < here if older else sa.tuple_(*place) > here)
    wanted = wanted.order_by(*(column.desc() if older else column for column in place))
    wanted = wanted.limit(sa.bindparam("limit", type_=sa.Integer))
    return statement("", wanted, "merchant_id", "mode", *filters, *cursor, "limit")


@cache
def has(kind: type, filters: tuple[str, ...]) -> Statement:
    """One row if there is such a row. $1…: merchant_id, mode, the filters, its id."""
    table = TABLES[kind]
    wanted = sa.select(table.c.id).where(
        *_owned(table, filters), table.c.id == sa.bindparam("cursor", type_=sa.Text)
    )
    return statement("", wanted, "merchant_id", "mode", *filters, "cursor")


def _whole(kind: type) -> sa.Select[Any]:
    return sa.select(*(TABLES[kind].c[flat.name] for flat in flatten(kind)))


def _owned(table: sa.Table, filters: tuple[str, ...]) -> list[Condition]:
    names = ("merchant_id", "mode", *filters)
    return [
        _BOUNDS[name] if name in _BOUNDS else table.c[name] == sa.bindparam(name, type_=sa.Text)
        for name in names
    ]


def _cursor(table: sa.Table, place: list[sa.Column[Any]]) -> Any:
    """The place in the list of the row whose id is the cursor."""
    id = sa.bindparam("cursor", type_=sa.Text)
    there = table.alias()
    looked_up = [
        sa.select(there.c[column.name]).where(there.c.id == id).scalar_subquery() for column in place[:-1]
    ]
    return sa.tuple_(*looked_up, id)


def _deliveries() -> Statement:
    """$1: merchant_id, $2: mode, $3: limit, $4: offset."""
    newest = (deliveries.c.created_at.desc(), deliveries.c.id.desc())
    wanted = _whole(Delivery).where(*_owned(deliveries, ())).order_by(*newest)
    wanted = wanted.limit(sa.bindparam("limit", type_=sa.Integer)).offset(
        sa.bindparam("offset", type_=sa.Integer)
    )
    return statement("", wanted, "merchant_id", "mode", "limit", "offset")


def _delivery_count() -> Statement:
    some = sa.select(deliveries.c.id).where(*_owned(deliveries, ())).limit(raw(str(MAX_COUNTED)))
    return statement("", sa.select(sa.func.count()).select_from(some.subquery()), "merchant_id", "mode")


def _of_payment(kind: type) -> Statement:
    """The rows of a kind that belong to a payment, or are it. $1: its id."""
    of_events = sa.select(events.c.id).where(events.c.payment_id == _PAYMENT_ID)
    of_deliveries = sa.select(deliveries.c.id).where(deliveries.c.event_id.in_(of_events))
    belongs: dict[type, Condition] = {
        Payment: payments.c.id == _PAYMENT_ID,
        Operation: operations.c.payment_id == _PAYMENT_ID,
        Event: events.c.payment_id == _PAYMENT_ID,
        Delivery: deliveries.c.event_id.in_(of_events),
        Attempt: attempts.c.delivery_id.in_(of_deliveries),
    }
    order = events.c.sequence if kind is Event else TABLES[kind].c.id
    return statement("", _whole(kind).where(belongs[kind]).order_by(order), "payment_id")


def _job_counts() -> Statement:
    """Returns (lane, pending, processing, parked, silent)."""
    parked = jobs.c.parked_at.is_not(None)
    processing = sa.and_(~parked, jobs.c.claimed_at.is_not(None), jobs.c.leased_until > NOW)
    pending = sa.and_(~parked, sa.or_(jobs.c.claimed_at.is_(None), jobs.c.leased_until <= NOW))
    asks = jobs.c.kind == raw(f"'{JobKind.PROCESS_OPERATION}'")
    silent = sa.and_(~parked, asks, jobs.c.created_at < NOW - raw(f"interval '{SILENT_S} seconds'"))
    counts = [sa.func.count().filter(which) for which in (pending, processing, parked, silent)]
    return statement("", sa.select(jobs.c.lane, *counts).group_by(jobs.c.lane))


def _completed() -> Statement:
    settled = sa.select(sa.func.count()).where(operations.c.settled_at >= NOW - _DAY)
    ended = sa.select(sa.func.count()).where(
        deliveries.c.last_attempt_at >= NOW - _DAY, deliveries.c.status != raw(f"'{DeliveryStatus.PENDING}'")
    )
    return statement("", sa.select(settled.scalar_subquery() + ended.scalar_subquery()))


@cache
def owed(*, parked: bool) -> Statement:
    """$1: the limit. Returns the job's six columns, then those of `OwedJob`."""
    job = (jobs.c.id, jobs.c.kind, jobs.c.target_id, jobs.c.lease, jobs.c.tries, jobs.c.failures)
    times = (jobs.c.due_at, jobs.c.leased_until, jobs.c.parked_at, jobs.c.last_error, jobs.c.created_at)
    which = jobs.c.parked_at.is_not(None) if parked else jobs.c.parked_at.is_(None)
    wanted = sa.select(*job, *times).where(which).order_by(jobs.c.due_at)
    return statement("", wanted.limit(sa.bindparam("limit", type_=sa.Integer)), "limit")


DELIVERIES, DELIVERY_COUNT = _deliveries(), _delivery_count()
OF_PAYMENT = {kind: _of_payment(kind) for kind in (Payment, Operation, Event, Delivery, Attempt)}
JOB_COUNTS, COMPLETED = _job_counts(), _completed()
