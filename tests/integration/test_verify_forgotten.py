"""What was forgotten in time is no difference; what is missing besides is one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.postgres.database import Database
from adapters.postgres.partitions import EVENTS
from adapters.postgres.retention import PostgresRetention
from adapters.postgres.verification.verification import PostgresVerification
from adapters.simulator.postgres_book import PostgresBook
from benchmarks.verify_fill import Filling, fill
from core.domain.merchant import Mode
from core.use_cases.purge import Purge
from core.use_cases.verify import Verify
from ports.verification import Rule
from tests.integration.postgres_databases import connect, migrated

# One of a payment's events once more, in another partition.
AGAIN = """
    INSERT INTO events SELECT (jsonb_populate_record(e, jsonb_build_object('id', %s::text))).* FROM events e
    WHERE payment_id = %s AND sequence = 2"""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


async def differences(url: str, book: PostgresBook) -> list[Rule]:
    verification = PostgresVerification(url)
    verdict = await Verify(verification, {Mode.TEST: book}.get, book)()
    await verification.close()
    return [difference.rule for difference in verdict.differences]


def count(rows: psycopg.Connection[tuple[int]], table: str) -> int:
    [(found,)] = rows.execute(f"SELECT count(*) FROM {table}").fetchall()  # type: ignore[arg-type]  # our own name
    return found


async def test_what_was_forgotten_is_no_difference_and_what_is_lost_is(url: str) -> None:
    book = PostgresBook(url)
    await book.prepare()
    fill(url, Filling(6_000))
    database = Database(url)
    purge = Purge(PostgresRetention(database), lambda: datetime.now(UTC), attempts_days=7, events_days=20)
    with connect(url) as rows:
        rows.execute("UPDATE deliveries SET status = 'failed' WHERE status = 'pending'")
        rows.execute("DELETE FROM jobs")
        before = {table: count(rows, table) for table in ("events", "deliveries", "attempts")}
        while await purge():
            pass
        for table, there in before.items():
            assert 0 < count(rows, table) < there, table
        assert await differences(url, book) == []
        rows.execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE sequence = 3 ORDER BY id DESC LIMIT 1)"
        )
        assert Rule.EVENTS_NUMBERED in await differences(url, book)
        rows.execute("DELETE FROM deliveries WHERE id IN (SELECT max(id) FROM deliveries)")
        assert {Rule.DELIVERIES, Rule.ATTEMPT_DELIVERY} <= {*await differences(url, book)}
    await database.close()
    await book.close()


async def test_an_old_payment_is_told_of_from_where_it_can_be(url: str) -> None:
    """Any that were told in time to be forgotten may be missing, those since then may not, and none is told twice."""
    book = PostgresBook(url)
    await book.prepare()
    fill(url, Filling(600))
    with connect(url) as rows:
        rows.execute("INSERT INTO forgotten VALUES ('events', %s)", (datetime.now(UTC) - timedelta(days=40),))
        [(first, last)] = rows.execute(
            "SELECT min(id), max(id) FROM payments WHERE amount_refunded > 0"
        ).fetchall()
        rows.execute("DELETE FROM deliveries")
        rows.execute("UPDATE events SET deliveries = 0")
        rows.execute("DELETE FROM attempts")
        rows.execute("DELETE FROM jobs")
        rows.execute("DELETE FROM events WHERE payment_id = %s AND sequence IN (1, 3)", (first,))
        assert await differences(url, book) == []
        rows.execute("UPDATE events SET created_at = now() WHERE payment_id = %s AND sequence > 3", (first,))
        assert await differences(url, book) == []
        rows.execute("DELETE FROM events WHERE payment_id = %s AND sequence = 5", (first,))
        assert await differences(url, book) == [Rule.EVENTS_NUMBERED]
        rows.execute("UPDATE events SET created_at = '2025-01-01' WHERE payment_id = %s", (first,))
        assert await differences(url, book) == []
        rows.execute(AGAIN, (EVENTS.first(datetime(2025, 1, 1, tzinfo=UTC)), first))
        assert await differences(url, book) == [Rule.EVENTS_NUMBERED]
        rows.execute("DELETE FROM events WHERE payment_id = %s AND sequence < 2", (last,))
        assert {*await differences(url, book)} == {Rule.EVENTS_NUMBERED, Rule.EVENTS_NAMED}
    await book.close()
