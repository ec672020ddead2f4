"""What PostgreSQL's store does with groups that cannot all commit, and with rows of every kind."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvloop

from adapters.postgres.database import Database, database_time
from adapters.postgres.failures import DatabaseRefused
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.store import PostgresStore
from adapters.postgres.terms import Limits
from adapters.unit_of_work.store import PARENT, Changes, GroupFailed, NewJob, Rejected, Want
from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint
from core.domain.errors import ConcurrentUpdate, KeyTaken, LeaseLost
from core.domain.idempotency import KeyRecord
from core.domain.instrument import CardToken
from core.domain.job import MAX_FAILURES, Job, JobKind
from core.domain.merchant import ApiKey, Scope
from core.domain.order import Order
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from tests.factories import ACCOUNT, NOW, a_merchant, a_payment, an_event, an_operation, an_order, fresh_id
from tests.integration.postgres_databases import connect, migrated

# All that an array literal, JSON or SQL might trip over.
NASTY = '{"a,b}\\ \'c\' "NULL" NULL\n\t%s $1 ₹ 🪙 '
LIMITS = Limits(lock_s=0.1)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url, LIMITS)
    yield database
    await database.close()


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


def family() -> list[Any]:
    """One of each kind, children last; texts as bad as they get."""
    merchant = a_merchant(checkout_origins=(NASTY, ""), theme={NASTY: NASTY, "": ""})
    payment = a_payment(
        order := an_order(receipt=NASTY, notes={"k": NASTY}), CardToken(NASTY, "visa", "4242")
    )
    operation = an_operation(payment)
    operation.reason, operation.settled_at = NASTY, NOW
    event = an_event(payment)
    event.body = NASTY
    endpoint = Endpoint(fresh_id("we"), ACCOUNT, NASTY, (NASTY, "a"), "", "sealed", NOW, enabled=False)
    delivery = Delivery(fresh_id("del"), ACCOUNT, event.id, endpoint.id, NASTY, NOW, DeliveryStatus.SUCCESS)
    attempt = Attempt(fresh_id("att"), delivery.id, 1, NOW, 5, None, NASTY, None)
    audit = AuditEntry(fresh_id("aud"), ACCOUNT, NASTY, "x", order.id, NOW, {"a": [1, None, True]})
    key = ApiKey(fresh_id("key"), ACCOUNT, NASTY, NOW, NOW, Scope.CHECKOUT, NASTY, NASTY, NOW, "key_test_x")
    return [merchant, key, endpoint, order, payment, operation, event, delivery, attempt, audit]


async def test_every_kind_of_row_comes_back_as_it_was(store: PostgresStore) -> None:
    ours, others = family(), family()
    await store.write([Changes(inserts=ours[::-1]), Changes(inserts=others)])
    pairs = list(zip(ours, others, strict=True))
    found = await store.read([Want(type(row), "id", (row.id, other.id)) for row, other in pairs])
    assert found == [sorted(pair, key=lambda row: row.id) for pair in pairs]
    for row in ours:
        column = PARENT[type(row)]
        parent = getattr(row.account if column == "merchant_id" else row, column)
        [rows] = await store.read([Want(type(row), column, (parent,))])
        assert row in rows
    nowhere = ("none", "a\0b", "\ud800")
    assert await store.read([Want(Order, "id", nowhere), Want(KeyRecord, "id", nowhere)]) == [[], []]


async def test_an_update_changes_every_field_that_can_change(store: PostgresStore) -> None:
    before, after = family()[:6], family()[:6]
    await store.write([Changes(inserts=before)])
    fixed = {"id", "account", "created_at", "order_id", "payment_id"}
    for old, new in zip(before, after, strict=True):
        for name in fixed & set(old.__slots__):
            setattr(new, name, getattr(old, name))
        new.version = old.version + 1
    await store.write([Changes(updates=after)])
    assert await store.read([Want(type(row), "id", (row.id,)) for row in after]) == [[row] for row in after]


async def test_all_who_cannot_commit_are_named_in_one_try(store: PostgresStore) -> None:
    """Each for its own reason; the sound ones are not blamed, and nothing is written."""
    orders = [replace(an_order(), version=1) for _ in range(6)]
    taken, free = (KeyRecord(fresh_id("key"), "s", "f", 201, "{}", "x", NOW) for _ in range(2))
    await store.write([Changes(inserts=[*orders, a_payment(orders[5])], binds=[taken])])
    gone = Job("job_gone", JobKind.EXPIRE_ORDER, "x")
    group = [
        (Changes(updates=[replace(orders[0], version=8)]), f"order {orders[0].id}"),
        (Changes(guards=[replace(orders[1], version=7), orders[2]]), f"order {orders[1].id}"),
        (Changes(inserts=[orders[3]]), f"order {orders[3].id}"),
        (Changes(inserts=[a_payment(orders[5])]), f"order {orders[5].id}"),
        (Changes(inserts=[sound := an_order()], guards=[orders[1], orders[2]], binds=[free]), None),
        (Changes(binds=[taken], guards=[replace(orders[2], version=7)]), KeyTaken),
        (Changes(done=[gone], updates=[replace(orders[4], version=8)]), LeaseLost),
        (Changes(put_off=[(gone, 1.0)], puts=[NewJob("job_x", gone.kind, gone.target_id, 0)]), LeaseLost),
    ]
    with pytest.raises(Rejected) as rejected:
        await store.write([changes for changes, _ in group])
    failures = {
        index: error.aggregate if isinstance(error, ConcurrentUpdate) else type(error)
        for index, error in rejected.value.failures.items()
    }
    assert failures == {index: why for index, (_, why) in enumerate(group) if why is not None}
    assert await rows_of(store, sound) == []
    await store.write([group[4][0]])
    assert await rows_of(store, sound) == [sound]


async def test_a_child_whose_parent_lost_its_place_is_a_conflict_and_no_bug(store: PostgresStore) -> None:
    order = an_order()
    await store.write([Changes(inserts=[order, a_payment(order)])])
    second = a_payment(order)
    with pytest.raises(Rejected) as rejected:
        await store.write([Changes(), Changes(inserts=[second, an_operation(second)])])
    assert [(1, f"order {order.id}")] == [(i, e.aggregate) for i, e in rejected.value.failures.items()]


async def test_a_broken_rule_is_a_bug_that_says_which_and_tells_no_secrets(store: PostgresStore) -> None:
    broken = an_order(receipt=fresh_id("secret"))
    broken.amount_paid = broken.amount.minor + 1
    with pytest.raises(GroupFailed) as failed:
        await store.write([Changes(inserts=[broken])])
    assert isinstance(failed.value.error, DatabaseRefused)
    assert "ck_orders" in str(failed.value.error)
    assert str(broken.receipt) not in "".join(traceback.format_exception(failed.value))


async def test_a_value_that_cannot_be_written_fails_its_group(store: PostgresStore) -> None:
    for receipt in ("\ud800", "a\0b"):
        with pytest.raises(GroupFailed):
            await store.write([Changes(inserts=[an_order(receipt=receipt)])])
    await store.write([Changes(inserts=[an_order()])])


async def test_waiting_too_long_for_a_lock_is_a_conflict(url: str, store: PostgresStore) -> None:
    order = replace(an_order(), version=1)
    await store.write([Changes(inserts=[order])])
    with connect(url) as other, other.transaction():
        other.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", (order.id,))
        with pytest.raises(GroupFailed) as failed:
            await store.write([Changes(updates=[replace(order, version=2)])])
    assert isinstance(failed.value.error, ConcurrentUpdate)
    await store.write([Changes(updates=[replace(order, version=2)])])


async def test_putting_a_parked_or_later_job_again_makes_it_due(
    database: Database, store: PostgresStore
) -> None:
    jobs, target = PostgresJobs(database), fresh_id("order")
    await store.write([Changes(puts=[NewJob("job_1", JobKind.EXPIRE_ORDER, target, 0)])])
    job = Job("job_1", JobKind.EXPIRE_ORDER, target)
    for _ in range(MAX_FAILURES - 1):
        await jobs.fail(job, "KeyError\0: 'x'", after_s=0)
        [job] = await jobs.claim([job.ticket], lease_s=30)
    await jobs.fail(job, "KeyError\0: 'x'", after_s=60)
    assert await jobs.claim([job.ticket], lease_s=30) == []
    await store.write([Changes(puts=[NewJob("job_2", JobKind.EXPIRE_ORDER, target, 0)])])
    [again] = await jobs.claim([job.ticket], lease_s=30)
    assert (again.lease, again.tries, again.failures) == (11, 10, 0)
    assert await jobs.claim([], lease_s=30) == []


async def test_the_databases_time_is_aware(database: Database) -> None:
    assert (await database_time(database)).utcoffset() is not None


def test_it_runs_on_uvloop(url: str) -> None:
    async def scenario() -> None:
        database = Database(url)
        store = PostgresStore(database)
        await asyncio.gather(*(store.write([Changes(inserts=[order])]) for order in orders))
        assert [await rows_of(store, order) for order in orders] == [[order] for order in orders]
        await database_time(database)
        await database.close()

    orders = [an_order() for _ in range(3)]
    uvloop.run(scenario())


async def rows_of(store: PostgresStore, row: Any) -> list[Any]:
    [rows] = await store.read([Want(type(row), "id", (row.id,))])
    return rows
