"""Partitions by time: where rows go, and when a partition may go."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from adapters.postgres import retention as retention_module
from adapters.postgres.database import Database
from adapters.postgres.migrate import MIGRATIONS, upgrade
from adapters.postgres.partitions import (
    ATTEMPTS,
    DELIVERIES,
    EVENTS,
    PARTITIONED,
    list_partitions,
    partitions_of,
)
from adapters.postgres.retention import PostgresRetention
from core.domain.ids import ATTEMPT, EVENT, first_id, new_id, new_uuid
from tests.factories import chance
from tests.integration.postgres_databases import connect, database, migrated

THEN, NOW = datetime(2025, 3, 1, 12, tzinfo=UTC), datetime.now(UTC)
LATER = NOW + timedelta(days=400)
SPAN = timedelta(days=28)
Rows = psycopg.Connection[Any]
# Whoever looks for deliveries waits until the first lock is free, having begun before.
SLOW_DELIVERIES = """
    CREATE FUNCTION wait() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN true;
    END $$;
    CREATE VIEW deliveries AS SELECT replayed.* FROM (SELECT wait()) AS waited LEFT JOIN replayed ON true"""
WAITS = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """With partitions of then, as if the gateway had been running since."""
    with migrated(postgres_url) as url, connect(url) as admin:
        for parts in PARTITIONED:
            for statement in parts.missing([], THEN):
                admin.execute(statement)
        yield url


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    with connect(url) as connection:
        yield connection


@pytest.fixture
async def retention(url: str) -> AsyncIterator[PostgresRetention]:
    reached = Database(url)
    yield PostgresRetention(reached)
    await reached.close()


def add(rows: Rows, at: datetime, status: str = "success", tried_at: datetime | None = None) -> str:
    """An event and its delivery, both made then; returns the delivery's id."""
    event, delivery = new_id(EVENT, at, chance), new_uuid(at, chance(10).encode())
    rows.execute(
        "INSERT INTO events (id, merchant_id, mode, name, body, deliveries, created_at, version)"
        " VALUES (%s, 'mer_1', 'test', 'webhook.test', '{}', 1, %s, 1)", (event, at),
    )  # fmt: skip
    rows.execute(
        "INSERT INTO deliveries (id, merchant_id, mode, event_id, endpoint_id, event, created_at, status, attempts,"
        " replayed, version) VALUES (%s, 'mer_1', 'test', %s, 'we_1', 'webhook.test', %s, %s, 1, false, 1)",
        (delivery, event, at, status),
    )  # fmt: skip
    if tried_at:
        rows.execute(
            "INSERT INTO attempts (id, delivery_id, number, created_at, duration_ms, response_body, request_headers,"
            " response_headers, timings, version) VALUES (%s, %s, 1, %s, 1, '', '{}', '{}', '{}', 1)",
            (new_id(ATTEMPT, tried_at, chance), delivery, tried_at),
        )  # fmt: skip
    return delivery


def places(rows: Rows, table: str) -> list[str]:
    """In which partitions the rows lie."""
    return [name for (name,) in rows.execute(f"SELECT tableoid::regclass::text FROM {table} ORDER BY id")]  # type: ignore[arg-type]  # our own name


def names(rows: Rows, table: str) -> list[str]:
    found = rows.execute(list_partitions(table)).fetchall()  # type: ignore[arg-type]  # our own name
    return [partition.name for partition in partitions_of(found)]


async def forget_all(retention: PostgresRetention, before: datetime) -> list[bool]:
    return [
        await retention.forget_attempts(before, limit=10),
        await retention.forget_deliveries(before, limit=10),
        await retention.forget_events(before, limit=10),
    ]


def test_what_is_made_lies_in_the_partition_of_its_time(rows: Rows) -> None:
    add(rows, THEN, tried_at=THEN)
    add(rows, NOW, tried_at=NOW)
    add(rows, LATER, tried_at=LATER)
    for parts in PARTITIONED:
        then, now, later = places(rows, parts.name)
        assert (then, later) == (names(rows, parts.name)[0], parts.rest)
        assert now == names(rows, parts.name)[-2], "there is one more ahead"


async def test_room_is_made_ahead_once(rows: Rows, retention: PostgresRetention) -> None:
    before = {parts.name: names(rows, parts.name) for parts in PARTITIONED}
    for at in (NOW, NOW + timedelta(days=7), NOW + timedelta(days=7)):
        await retention.make_room(at)
    assert len(names(rows, "attempts")) == len(before["attempts"]) + 1
    add(rows, LATER)
    await retention.make_room(LATER + 2 * SPAN)  # nobody was there for a year; the gap is left to the rest
    assert len(names(rows, "attempts")) == len(before["attempts"]) + 3


async def test_a_gap_before_what_a_wrong_clock_has_made_is_filled(
    rows: Rows, retention: PostgresRetention
) -> None:
    await retention.make_room(LATER)
    before = {parts.name: len(names(rows, parts.name)) for parts in PARTITIONED}
    for days in (100, 93, 100):
        await retention.make_room(NOW + timedelta(days=days))
    assert len(names(rows, "attempts")) == before["attempts"] + 3
    add(rows, NOW + timedelta(days=100), tried_at=NOW + timedelta(days=100))
    for parts in PARTITIONED:
        assert places(rows, parts.name) != [parts.rest], parts.name


async def test_what_comes_to_the_rest_meanwhile_is_not_in_the_way(url: str, rows: Rows) -> None:
    """A partition is made while somebody, who has not committed yet, writes what would lie there."""
    before = names(rows, "events")
    [statement, *_] = EVENTS.missing(partitions_of(rows.execute(list_partitions("events")).fetchall()), LATER)
    with connect(url) as other, connect(url) as maker:
        with other.transaction():
            add(other, LATER)
            making = asyncio.create_task(asyncio.to_thread(maker.execute, statement))
            while not rows.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
                await asyncio.sleep(0.01)
        await making
    assert (names(rows, "events"), places(rows, "events")) == (before, [EVENTS.rest])


async def test_what_has_no_partition_yet_is_not_in_the_way(rows: Rows, retention: PostgresRetention) -> None:
    """Rows in the rest keep their place: the span in which they lie gets no partition, the next one does."""
    delivery = add(rows, LATER)
    before = names(rows, "deliveries")
    await retention.make_room(LATER)
    assert places(rows, "deliveries") == [DELIVERIES.rest]
    assert len(names(rows, "deliveries")) == len(before) + 1
    assert await retention.forget_deliveries(LATER + 10 * SPAN, limit=10) is True
    assert rows.execute("SELECT id FROM deliveries").fetchall() == [(delivery,)]
    while await retention.forget_deliveries(LATER + 10 * SPAN, limit=1):
        pass
    assert rows.execute("SELECT id FROM deliveries").fetchall() == []


async def test_an_old_partition_goes_as_a_whole_after_what_refers_into_it(
    rows: Rows, retention: PostgresRetention
) -> None:
    add(rows, THEN, tried_at=THEN)
    young = add(rows, NOW, tried_at=NOW)
    first = {parts: names(rows, parts.name)[0] for parts in PARTITIONED}
    for _ in range(2):
        await retention.forget_deliveries(NOW - SPAN, limit=10)
        await retention.forget_events(NOW - SPAN, limit=10)
    assert [names(rows, name)[0] for name in ("events", "deliveries")] == [first[EVENTS], first[DELIVERIES]]
    while any(await forget_all(retention, NOW - SPAN)):
        pass
    for parts in PARTITIONED:
        assert first[parts] not in names(rows, parts.name)
    assert rows.execute("SELECT id FROM deliveries").fetchall() == [(young,)]
    assert rows.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
    forgotten = dict(rows.execute("SELECT id, before FROM forgotten").fetchall())
    assert forgotten == {parts.name: NOW - SPAN for parts in PARTITIONED}
    for parts in PARTITIONED:
        assert len(names(rows, parts.name)) == 2, "those of now and of the next days"


async def test_of_events_none_goes_before_an_older_one(rows: Rows, retention: PostgresRetention) -> None:
    """What a payment has told ends where it ended: one replayed delivery keeps the later partitions, too."""
    add(rows, THEN, status="pending")
    add(rows, THEN + SPAN)
    before = names(rows, "events")
    assert len(before) == 4
    await retention.forget_events(NOW - SPAN, limit=10)
    rows.execute("DELETE FROM deliveries WHERE status = 'success'")
    assert await retention.forget_events(NOW - SPAN, limit=10) is False
    assert names(rows, "events") == before
    rows.execute("DELETE FROM deliveries")
    while await retention.forget_events(NOW - SPAN, limit=10):
        pass
    assert names(rows, "events") == before[2:]


@pytest.mark.parametrize("why", ["pending", "a job"])
async def test_a_partition_stays_with_what_is_owed(
    rows: Rows, retention: PostgresRetention, why: str
) -> None:
    """However old: what was given up on is ended by somebody first."""
    delivery = add(rows, THEN, status="pending" if why == "pending" else "success")
    if why == "a job":
        rows.execute(
            "INSERT INTO jobs SELECT 'job_1', 'deliver_event', 'deliveries', %s, now(), 1, NULL, NULL, false, 0, 0,"
            " NULL, NULL, now()", (delivery,),
        )  # fmt: skip
    while any(await forget_all(retention, NOW - SPAN)):
        pass
    for parts, count in ((ATTEMPTS, 2), (DELIVERIES, 3), (EVENTS, 4)):
        assert len(names(rows, parts.name)) == count, parts.name
    assert rows.execute("SELECT id FROM deliveries").fetchall() == [(delivery,)]
    assert rows.execute("SELECT count(*) FROM events").fetchall() == [(1,)]


async def test_a_partition_in_use_is_left_to_another_time(
    url: str, rows: Rows, retention: PostgresRetention
) -> None:
    add(rows, THEN)
    with connect(url) as other, other.transaction():
        other.execute("SELECT FROM deliveries LIMIT 1")
        assert await retention.forget_deliveries(NOW - SPAN, limit=10) is False
        assert len(names(rows, "deliveries")) == 4
    assert await retention.forget_deliveries(NOW - SPAN, limit=10) is True
    assert len(names(rows, "deliveries")) == 3


async def test_a_delivery_that_is_set_going_meanwhile_stays(
    url: str, rows: Rows, retention: PostgresRetention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what refers into the partition and its end, somebody asks for it once more."""
    add(rows, THEN)
    drop = retention_module._dropped

    async def late(*arguments: Any) -> bool:
        [(id,)] = rows.execute("SELECT id FROM deliveries").fetchall()
        rows.execute(
            "INSERT INTO jobs SELECT 'job_1', 'deliver_event', 'deliveries', %s, now(), 1, NULL, NULL, false, 0, 0,"
            " NULL, NULL, now()", (id,),
        )  # fmt: skip
        return await drop(*arguments)

    monkeypatch.setattr(retention_module, "_dropped", late)
    assert await retention.forget_deliveries(NOW - SPAN, limit=10) is False
    assert len(names(rows, "deliveries")) == 4


async def test_an_event_that_gets_a_delivery_meanwhile_stays(
    rows: Rows, retention: PostgresRetention
) -> None:
    """It lies with the rest, and a replay commits after the search for what nothing refers to has begun."""
    before = LATER + SPAN
    while await retention.forget_events(before, limit=10):
        pass
    add(rows, LATER)
    rows.execute("ALTER TABLE deliveries RENAME TO replayed")
    rows.execute(SLOW_DELIVERIES)
    rows.execute("CREATE TEMPORARY TABLE late AS SELECT * FROM replayed")
    rows.execute("DELETE FROM replayed")
    rows.execute("SELECT pg_advisory_lock(1)")
    forgetting = asyncio.create_task(retention.forget_events(before, limit=10))
    while not rows.execute(WAITS).fetchall():
        await asyncio.sleep(0.01)
    rows.execute("INSERT INTO replayed SELECT * FROM late")
    rows.execute("SELECT pg_advisory_unlock(1)")
    await forgetting
    assert rows.execute("SELECT count(*) FROM events").fetchall() == [(1,)]


async def test_what_others_hold_is_left_to_another_time(
    url: str, rows: Rows, retention: PostgresRetention
) -> None:
    """As a backup holds all tables for as long as it takes: what can be done meanwhile is done."""
    add(rows, LATER)
    before = {parts.name: names(rows, parts.name) for parts in PARTITIONED}
    with connect(url) as other, other.transaction():
        other.execute("LOCK TABLE events_default IN ACCESS SHARE MODE")
        await retention.make_room(LATER + 2 * SPAN)
        assert names(rows, "events") == before["events"]
        assert len(names(rows, "attempts")) == len(before["attempts"]) + 2
    await retention.make_room(LATER + 2 * SPAN)
    assert len(names(rows, "events")) == len(before["events"]) + 2
    with connect(url) as other, other.transaction():
        other.execute("LOCK TABLE attempts IN ACCESS EXCLUSIVE MODE")
        assert await retention.forget_attempts(LATER + 2 * SPAN, limit=10) is False


async def test_what_another_has_dropped_meanwhile_is_left_to_another_time(
    rows: Rows, retention: PostgresRetention, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two schedulers may both hold themselves for the one."""
    listed = retention_module._partitions

    async def late(*arguments: Any) -> Any:
        found = await listed(*arguments)
        rows.execute(f"DROP TABLE {found[0].name}")  # type: ignore[arg-type]  # our own name
        return found

    monkeypatch.setattr(retention_module, "_partitions", late)
    for forget in (retention.forget_deliveries, retention.forget_attempts):
        assert await forget(NOW - SPAN, limit=10) is False


async def test_old_keys_may_take_longer_than_a_read(rows: Rows, retention: PostgresRetention) -> None:
    rows.execute(
        "INSERT INTO idempotency_keys (id, scope, fingerprint, status, body, resource_id, created_at, version)"
        " VALUES ('key', 'scope', 'print', 201, '{}', 'order_1', %s, 1)", (THEN,),
    )  # fmt: skip
    rows.execute(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(2); RETURN old; END'"
    )
    rows.execute(
        "CREATE TRIGGER slow BEFORE DELETE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION slowly()"
    )
    assert await retention.forget_keys(NOW, limit=1) is True
    assert rows.execute("SELECT FROM idempotency_keys").fetchall() == []


def test_a_database_of_the_release_before_keeps_its_rows(postgres_url: str) -> None:
    with database(postgres_url) as url, connect(url) as rows:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["url"] = url
        command.upgrade(config, "0003")
        made = [add(rows, at, tried_at=at) for at in (THEN, NOW, LATER)]
        upgrade(url)
        made.append(add(rows, NOW + timedelta(seconds=1), tried_at=NOW))
        assert sorted(id for (id,) in rows.execute("SELECT id FROM deliveries")) == sorted(made)
        for parts in PARTITIONED:
            past, rest = f"{parts.name}_past", parts.rest
            assert sorted(places(rows, parts.name)) == sorted([past, past, past, rest]), parts.name
        add(rows, NOW + SPAN, tried_at=NOW + timedelta(days=7))
        for parts in PARTITIONED:
            assert names(rows, parts.name)[-1] in places(rows, parts.name), "the next span has its own"


def test_the_bounds_are_moments() -> None:
    at = datetime(2026, 5, 5, tzinfo=UTC)
    just_before = at - timedelta(milliseconds=20)
    assert new_id(EVENT, just_before, lambda n: "z" * n) < EVENTS.first(at) == first_id(EVENT, at)
    assert new_uuid(just_before, b"\xff" * 10) < DELIVERIES.first(at) <= new_uuid(at, bytes(10))
    assert ATTEMPTS.first(at) <= new_id(ATTEMPT, at, lambda n: "0" * n)
