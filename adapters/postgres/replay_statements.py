"""The statements that find what an endpoint has missed."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw
from sqlalchemy.dialects.postgresql import array

from adapters.postgres.line import Statement
from adapters.postgres.sql import statement
from adapters.postgres.tables import deliveries, events, forgotten
from core.domain.replay import ReplayScope
from core.domain.webhook import DeliveryStatus

_TEXT, _TIME = sa.Text(), sa.DateTime(timezone=True)
PARAMETERS = ("merchant_id", "mode", "endpoint_id", "since", "until", "after", "before")


@cache
def replayable(scope: ReplayScope) -> Statement:
    """Returns (event_id, name, delivery_id). $1…: `parameters`, the limit."""
    wanted = _found(scope).order_by(events.c.id).limit(sa.bindparam("limit", type_=sa.Integer))
    return statement("", wanted, *parameters(scope), "limit")


@cache
def count(scope: ReplayScope) -> Statement:
    """$1…: `parameters`."""
    return statement("", sa.select(sa.func.count()).select_from(_found(scope).subquery()), *parameters(scope))


def parameters(scope: ReplayScope) -> tuple[str, ...]:
    """`names`, the endpoint's filter, only where it matters."""
    return PARAMETERS if scope is ReplayScope.FAILED else (*PARAMETERS, "names")


def _found(scope: ReplayScope) -> sa.Select[Any]:
    """Ids begin with the time, so that the index of the primary key leads to the first one."""
    owed = _last_delivery()
    family = sa.func.split_part(events.c.name, raw("'.'"), raw("1")).op("||")(raw("'.*'"))
    names = sa.bindparam("names", type_=sa.ARRAY(_TEXT))
    passes = sa.or_(
        sa.func.cardinality(names) == raw("0"),
        array([events.c.name, family]).op("&&")(names),
    )
    return (
        sa.select(events.c.id, events.c.name, owed.c.id.label("delivery_id"))
        .select_from(events.outerjoin(owed, sa.true()))
        .where(
            events.c.id > sa.bindparam("after", type_=_TEXT),
            events.c.id < sa.bindparam("before", type_=_TEXT),
            events.c.merchant_id == sa.bindparam("merchant_id", type_=_TEXT),
            events.c.mode == sa.bindparam("mode", type_=_TEXT),
            events.c.created_at >= sa.bindparam("since", type_=_TIME),
            events.c.created_at < sa.bindparam("until", type_=_TIME),
            _covers(scope, owed, passes),
        )
    )


def _last_delivery() -> Any:
    last = sa.select(deliveries.c.id, deliveries.c.status).where(
        deliveries.c.event_id == events.c.id,
        deliveries.c.endpoint_id == sa.bindparam("endpoint_id", type_=_TEXT),
    )
    return last.order_by(deliveries.c.id.desc()).limit(raw("1")).lateral("owed")


def _covers(scope: ReplayScope, owed: Any, passes: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """What was owed once is owed whatever the filter says by now. Tests of endpoints are nobody else's. From before
    deliveries were forgotten nobody knows what was never owed."""
    failed = owed.c.status == raw(f"'{DeliveryStatus.FAILED}'")
    is_known = events.c.created_at >= sa.func.coalesce(_forgotten_before(), raw("'-infinity'::timestamptz"))
    never = sa.and_(owed.c.id.is_(None), passes, events.c.name != raw("'webhook.test'"), is_known)
    arrived = owed.c.status == raw(f"'{DeliveryStatus.SUCCESS}'")
    covered: dict[ReplayScope, sa.ColumnElement[bool]] = {
        ReplayScope.FAILED: failed,
        ReplayScope.UNDELIVERED: sa.or_(failed, never),
        ReplayScope.ALL: sa.or_(failed, never, arrived),
    }
    return covered[scope]


def _forgotten_before() -> sa.ScalarSelect[Any]:
    return sa.select(forgotten.c.before).where(forgotten.c.id == raw("'deliveries'")).scalar_subquery()
