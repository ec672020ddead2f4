"""The statements about jobs. Every time in them is the database's."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import literal_column as raw
from sqlalchemy.dialects.postgresql import insert

from adapters.postgres.line import Statement
from adapters.postgres.sql import NOW, locked, rows, seconds, statement
from adapters.postgres.tables import jobs
from adapters.unit_of_work.store import LEASE_S
from core.domain.job import MAX_FAILURES, JobKind, Lane

LAPSED = "the lease lapsed: the worker died or hung"

_AFTER = seconds(sa.bindparam("after_s", type_=sa.Double))
_LEASE = seconds(sa.bindparam("lease_s", type_=sa.Double))
_FREE: dict[str, Any] = {"leased_until": sa.null(), "claimed_at": sa.null(), "owed_again": sa.false()}
_sent = rows({"id": sa.Text(), "lease": sa.BigInteger()})


def _named(sent: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(jobs.c.id == sent.c.id, jobs.c.lease == sent.c.lease)


def _still_held(sent: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whoever has put a job off holds it no more, though its number has not changed."""
    return sa.and_(_named(sent), jobs.c.leased_until.is_not(None))


_held = locked(jobs, _sent, _still_held(_sent))


def _change(those: sa.CTE, **values: Any) -> sa.Update:
    return sa.update(jobs).values(values).where(jobs.c.id == those.c.id)


def _parked_if(failures: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    return sa.case((failures >= raw(str(MAX_FAILURES)), NOW))


def _moved(here: Lane, there: Lane, *if_: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    """The lane, as `Job.lane` says it: whatever has been tried goes on in the lane of repeats."""
    return sa.case((sa.and_(jobs.c.lane == raw(f"'{here}'"), *if_), raw(f"'{there}'")), else_=jobs.c.lane)


def _done() -> Statement:
    """Returns the ids of those still under that lease; what is owed again stays. $1: ids, $2: leases."""
    fitting = sa.select(jobs.c.id, jobs.c.owed_again).select_from(jobs.join(_sent, _still_held(_sent)))
    held = fitting.order_by(jobs.c.id).with_for_update(of=jobs).cte("held")
    those = jobs.c.id == held.c.id
    stay = sa.update(jobs).values(due_at=NOW, **_FREE).where(those, held.c.owed_again)
    end = sa.delete(jobs).where(those, sa.not_(held.c.owed_again))
    ids = (change.returning(jobs.c.id).cte(name) for name, change in (("stay", stay), ("gone", end)))
    return statement("jobs_done", sa.union_all(*(sa.select(cte.c.id) for cte in ids)), "id", "lease")


def _put_off() -> Statement:
    """Returns the ids of those still under that lease. $1: ids, $2: leases, $3: seconds."""
    sent = rows({"id": sa.Text(), "lease": sa.BigInteger(), "after_s": sa.Double()})
    those = locked(jobs, sent, _still_held(sent))
    due_at = sa.case((jobs.c.owed_again, NOW), else_=NOW + seconds(those.c.after_s))
    change = _change(those, due_at=due_at, **_FREE).returning(jobs.c.id)
    return statement("jobs_put_off", change, "id", "lease", "after_s")


def _lock() -> Statement:
    """For groups that touch jobs in several ways. $1: ids, $2: kinds and $3: targets of those that are put."""
    put, known = rows({"kind": sa.Text(), "target_id": sa.Text()}), jobs.alias()
    # OFFSET keeps the planner from turning the join around, see `sent_ids`.
    owed = sa.select(known.c.id).where(known.c.kind == put.c.kind, known.c.target_id == put.c.target_id)
    owed_id = owed.offset(raw("0")).lateral("owed").c.id
    ended = sa.select(sa.func.unnest(sa.bindparam("id", type_=sa.ARRAY(sa.Text))))
    either = sa.union_all(ended, sa.select(owed_id).select_from(put)).subquery().select()
    those = sa.select(jobs.c.id).where(jobs.c.id == sa.any_(sa.func.array(either.scalar_subquery())))
    return statement("jobs_lock", those.order_by(jobs.c.id).with_for_update(), "id", "kind", "target_id")


def _put() -> Statement:
    """$1: ids, $2: kinds, $3: lanes, $4: targets, $5: seconds. Sorted by kind and target."""
    sent = rows(
        {
            "id": sa.Text(),
            "kind": sa.Text(),
            "lane": sa.Text(),
            "target_id": sa.Text(),
            "after_s": sa.Double(),
        }
    )
    lease = sa.case((sent.c.after_s <= raw("0"), NOW + seconds(raw(str(LEASE_S)))))
    values: dict[str, Any] = {
        "id": sent.c.id, "kind": sent.c.kind, "lane": sent.c.lane, "target_id": sent.c.target_id,
        "due_at": NOW + seconds(sent.c.after_s), "lease": raw("1"), "leased_until": lease,
        "owed_again": sa.false(), "tries": raw("0"), "failures": raw("0"), "created_at": NOW,
    }  # fmt: skip
    add = insert(jobs).from_select([*values], sa.select(*values.values()))
    failures = sa.case((jobs.c.parked_at.is_(None), jobs.c.failures), else_=raw("0"))
    sooner = sa.func.least(jobs.c.due_at, add.excluded.due_at)
    again = add.on_conflict_do_update(
        index_elements=[jobs.c.kind, jobs.c.target_id],
        set_={
            "due_at": sooner,
            "parked_at": sa.null(),
            "failures": failures,
            "owed_again": jobs.c.claimed_at.is_not(None),
        },
    )
    return statement("jobs_put", again, "id", "kind", "lane", "target_id", "after_s")


def _claim() -> Statement:
    """Returns the jobs claimed. $1: ids, $2: leases, $3: the new leases' seconds."""
    # Said so that the index of what is due does not fit: that may be the whole queue, and we know the ids.
    is_not_parked = sa.func.num_nulls(jobs.c.parked_at) == raw("1")
    free = sa.and_(_named(_sent), jobs.c.due_at <= NOW, is_not_parked)
    those = locked(jobs, _sent, free)
    change = _change(
        those, lease=jobs.c.lease + raw("1"), tries=jobs.c.tries + raw("1"),
        lane=_moved(Lane.DELIVERIES, Lane.RETRIES),
        leased_until=NOW + _LEASE, claimed_at=NOW, owed_again=sa.false(),
    )  # fmt: skip
    returned = (jobs.c.id, jobs.c.kind, jobs.c.target_id, jobs.c.lease, jobs.c.tries, jobs.c.failures)
    return statement("jobs_claim", change.returning(*returned), "id", "lease", "lease_s")


def _relay() -> Statement:
    """Returns (id, lease, lane), the oldest debt first. $1: lanes, $2: limit, $3: seconds."""
    unleased = sa.or_(jobs.c.leased_until.is_(None), jobs.c.leased_until < NOW)
    overdue = (
        sa.select(jobs.c.id)
        .where(jobs.c.due_at <= NOW, jobs.c.parked_at.is_(None), unleased)
        .where(jobs.c.lane == sa.any_(sa.bindparam("lanes", type_=sa.ARRAY(sa.Text))))
        .order_by(jobs.c.due_at)
        .limit(sa.bindparam("limit", type_=sa.Integer))
        .with_for_update(skip_locked=True)
        .cte("overdue")
    )
    has_lapsed = jobs.c.claimed_at.is_not(None)
    failures = jobs.c.failures + sa.cast(has_lapsed, sa.Integer)
    moved = (
        _change(
            overdue, leased_until=NOW + _LEASE, claimed_at=sa.null(), failures=failures,
            parked_at=sa.case((has_lapsed, _parked_if(failures))),
            last_error=sa.case((has_lapsed, raw(f"'{LAPSED}'")), else_=jobs.c.last_error),
        )
        .returning(jobs.c.id, jobs.c.lease, jobs.c.lane, jobs.c.due_at, jobs.c.parked_at)
        .cte("moved")
    )  # fmt: skip
    found = sa.select(moved.c.id, moved.c.lease, moved.c.lane).where(moved.c.parked_at.is_(None))
    return statement("jobs_relay", found.order_by(moved.c.due_at), "lanes", "limit", "lease_s")


def _fail() -> Statement:
    """$1: ids, $2: leases, $3: seconds, $4: the error."""
    failures = jobs.c.failures + raw("1")
    change = _change(
        _held, due_at=NOW + _AFTER, last_error=sa.bindparam("error", type_=sa.Text), failures=failures,
        parked_at=_parked_if(failures), **_FREE,
    )  # fmt: skip
    return statement("jobs_fail", change, "id", "lease", "after_s", "error")


def _release() -> Statement:
    """$1: ids, $2: leases, $3: seconds."""
    untried = jobs.c.tries == raw("1")
    change = _change(
        _held, due_at=NOW + _AFTER, tries=jobs.c.tries - raw("1"),
        lane=_moved(Lane.RETRIES, Lane.DELIVERIES, untried, jobs.c.kind == raw(f"'{JobKind.DELIVER_EVENT}'")),
        **_FREE,
    )  # fmt: skip
    return statement("jobs_release", change, "id", "lease", "after_s")


def _replay() -> Statement:
    """Returns the ids of those that were parked. $1: ids."""
    sent = rows({"id": sa.Text()})
    those = locked(jobs, sent, sa.and_(jobs.c.id == sent.c.id, jobs.c.parked_at.is_not(None)))
    change = _change(those, parked_at=sa.null(), failures=raw("0"), due_at=NOW, **_FREE)
    return statement("jobs_replay", change.returning(jobs.c.id), "id")


DONE, PUT_OFF, LOCK, PUT = _done(), _put_off(), _lock(), _put()
CLAIM, RELAY, FAIL, RELEASE, REPLAY = _claim(), _relay(), _fail(), _release(), _replay()
