"""What others do to rows, locks and partitions while these are made or forgotten."""

import asyncio
from typing import Any

import pytest

from adapters.postgres import retention as retention_module
from adapters.postgres.partitions import (
    EVENTS,
    PARTITIONED,
    list_partitions,
    partitions_of,
)
from adapters.postgres.retention import PostgresRetention
from tests.integration.partition_rows import (
    LATER,
    NOW,
    SPAN,
    THEN,
    Rows,
    add,
    names,
    places,
    retention,
    rows,
    url,
)
from tests.integration.postgres_databases import connect

__all__ = ["retention", "rows", "url"]

QUEUES = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
# Whoever looks for deliveries waits until the first lock is free, having begun before.
SLOW_DELIVERIES = """
    CREATE FUNCTION wait() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN true;
    END $$;
    CREATE VIEW deliveries AS SELECT replayed.* FROM (SELECT wait()) AS waited LEFT JOIN replayed ON true"""
WAITS = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


async def test_what_comes_to_the_rest_meanwhile_is_not_in_the_way(url: str, rows: Rows) -> None:
    """A partition is made while somebody, who has not committed yet, writes what would lie there."""
    before = names(rows, "events")
    [statement, *_] = EVENTS.missing(partitions_of(rows.execute(list_partitions("events")).fetchall()), LATER)
    with connect(url) as other, connect(url) as maker:
        with other.transaction():
            add(other, LATER)
            making = asyncio.create_task(asyncio.to_thread(maker.execute, statement))
            while not rows.execute(QUEUES).fetchall():
                await asyncio.sleep(0.01)
        await making
    assert (names(rows, "events"), places(rows, "events")) == (before, [EVENTS.rest])


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
