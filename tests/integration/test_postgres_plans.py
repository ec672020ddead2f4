"""Statements that were planned while a table was empty are fast when it is not."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adapters.postgres import job_statements, kept
from adapters.postgres.database import Database
from adapters.postgres.line import Line, Statement
from adapters.postgres.literals import numbers, one, texts
from adapters.postgres.rows import values
from core.domain.job import JobKind, Lane
from tests.integration.postgres_databases import connect, migrated

WAITING = 20_000
FILL = f"""
    INSERT INTO jobs SELECT 'job_' || n, '{JobKind.DELIVER_EVENT}', '{Lane.DELIVERIES}', 'target_' || n, now(), 1, NULL,
        NULL, false, 0, 0, NULL, NULL, now() FROM generate_series(1, {WAITING}) AS n
"""
IDS, TARGETS = ([f"{kind}_{n}" for n in range(1, 65)] for kind in ("job", "target"))
KINDS, LEASES = ["deliver_event"] * len(IDS), [1] * len(IDS)
CLAIM = (job_statements.CLAIM, [texts(IDS), numbers(LEASES), one(30.0)], (IDS, LEASES, 30))
LOCK = (job_statements.LOCK, [texts(IDS), texts(KINDS), texts(TARGETS)], (IDS, KINDS, TARGETS))


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url, connect(url) as admin:
        admin.execute("VACUUM ANALYZE jobs")
        yield url


async def rows_read(line: Line, name: str, parameters: Sequence[Any]) -> float:
    """How many rows its parts go through when it is executed by its plan of now."""
    given = ", ".join(
        f"'{{{','.join(map(str, each))}}}'" if isinstance(each, list) else str(each) for each in parameters
    )
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {name}({given})"
    [result] = await line.ask([(Statement(b"", explain.encode()), ())], timeout_s=30)
    [[[explained]]] = values(result)
    counted = ("Actual Rows", "Rows Removed by Join Filter", "Rows Removed by Filter")
    return sum(
        node.get(rows, 0) * node["Actual Loops"] for node in nodes(explained["Plan"]) for rows in counted
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


@pytest.mark.parametrize(("statement", "sent", "parameters"), [CLAIM, LOCK], ids=["claim", "lock"])
async def test_a_queue_that_has_filled_up_is_not_gone_through(
    url: str, monkeypatch: pytest.MonkeyPatch, statement: Statement, sent: Any, parameters: Sequence[Any]
) -> None:
    monkeypatch.setattr(kept, "_REPLAN_S", 0.0)  # at once, where it is a second otherwise
    database = Database(url)
    async with database.keep() as line:
        await line.ask([(statement, sent)], timeout_s=5)
        with connect(url) as admin:
            admin.execute(FILL)
        assert await rows_read(line, statement.name.decode(), parameters) < 2_000
    await database.close()
