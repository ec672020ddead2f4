"""The statements of logs and counts."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw

from adapters.postgres.line import Statement
from adapters.postgres.page_statements import owned, whole
from adapters.postgres.sql import NOW, statement
from adapters.postgres.tables import (
    TABLES,
    attempts,
    deliveries,
    events,
    jobs,
    operations,
    payments,
)
from core.domain.event import Event
from core.domain.ids import OPERATION, REFUND, last_id
from core.domain.job import JobKind
from core.domain.operation import Operation
from core.domain.payment import Payment
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from ports.queries import MAX_COMPLETED, MAX_COUNTED, SILENT_S

# One moment for all statements until COMMIT.
SNAPSHOT = Statement(b"", b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
PING = Statement(b"", b"SELECT version_num FROM alembic_version")

_PAYMENT_ID = sa.bindparam("payment_id", type_=sa.Text)


def _deliveries() -> Statement:
    """$1: merchant_id, $2: mode, $3: limit, $4: offset."""
    newest = (deliveries.c.created_at.desc(), deliveries.c.id.desc())
    wanted = whole(Delivery).where(*owned(deliveries, ())).order_by(*newest)
    wanted = wanted.limit(sa.bindparam("limit", type_=sa.Integer)).offset(
        sa.bindparam("offset", type_=sa.Integer)
    )
    return statement("", wanted, "merchant_id", "mode", "limit", "offset")


def _delivery_count() -> Statement:
    some = sa.select(deliveries.c.id).where(*owned(deliveries, ())).limit(raw(str(MAX_COUNTED)))
    return statement("", sa.select(sa.func.count()).select_from(some.subquery()), "merchant_id", "mode")


def _of_payment(kind: type) -> Statement:
    """The rows of a kind that belong to a payment, or are it. $1: its id."""
    of_events = sa.select(events.c.id).where(events.c.payment_id == _PAYMENT_ID)
    of_deliveries = sa.select(deliveries.c.id).where(deliveries.c.event_id.in_(of_events))
    belongs: dict[type, sa.ColumnElement[bool]] = {
        Payment: payments.c.id == _PAYMENT_ID,
        Operation: operations.c.payment_id == _PAYMENT_ID,
        Event: events.c.payment_id == _PAYMENT_ID,
        Delivery: deliveries.c.event_id.in_(of_events),
        Attempt: attempts.c.delivery_id.in_(of_deliveries),
    }
    order = events.c.sequence if kind is Event else TABLES[kind].c.id
    return statement("", whole(kind).where(belongs[kind]).order_by(order), "payment_id")


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
    """$1, $2, $3: the first ids of operations, refunds and deliveries in question; each is counted up to a bound."""
    done = operations.c.settled_at.is_not(None)
    ended = deliveries.c.status != raw(f"'{DeliveryStatus.PENDING}'")
    counts = [
        _counted(operations, "operation", done, operations.c.id < raw(f"'{last_id(OPERATION)}'")),
        _counted(operations, "refund", done, operations.c.id < raw(f"'{last_id(REFUND)}'")),
        _counted(deliveries, "delivery", ended),
    ]
    return statement("", sa.select(counts[0] + counts[1] + counts[2]), "operation", "refund", "delivery")


def _counted(table: sa.Table, first: str, *which: sa.ColumnElement[bool]) -> Any:
    """By their ids, which begin with the time: an index of when they ended would cost every one of them."""
    since = table.c.id >= sa.bindparam(first, type_=sa.Text)
    some = sa.select(table.c.id).where(since, *which).limit(raw(str(MAX_COMPLETED))).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()


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
