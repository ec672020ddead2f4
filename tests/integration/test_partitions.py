"""Partitions by time: where rows go, and when a partition may go."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config

from adapters.postgres.migrate import MIGRATIONS, upgrade
from adapters.postgres.partitions import (
    ATTEMPTS,
    DELIVERIES,
    EVENTS,
    PARTITIONED,
)
from adapters.postgres.retention import PostgresRetention
from core.domain.ids import ATTEMPT, EVENT, first_id, new_id, new_uuid
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
from tests.integration.postgres_databases import connect, database

__all__ = ["retention", "rows", "url"]


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
