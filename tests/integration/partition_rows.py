"""Rows of then and now in a database that has partitions for both."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adapters.postgres.database import Database
from adapters.postgres.partitions import (
    PARTITIONED,
    list_partitions,
    partitions_of,
)
from adapters.postgres.retention import PostgresRetention
from core.domain.ids import ATTEMPT, EVENT, new_id, new_uuid
from tests.factories import chance
from tests.integration.postgres_databases import connect, migrated

THEN, NOW = datetime(2025, 3, 1, 12, tzinfo=UTC), datetime.now(UTC)
LATER = NOW + timedelta(days=400)
SPAN = timedelta(days=28)
Rows = psycopg.Connection[Any]


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
