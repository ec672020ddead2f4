"""How PostgreSQL goes about the verification of a database with many rows: never through a whole table at once."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adapters.postgres.line import Statement, Step
from adapters.postgres.verification.verification import PostgresVerification
from adapters.simulator.postgres_book import PostgresBook
from benchmarks.verify_fill import Filling, fill
from core.domain.merchant import Mode
from core.use_cases.verify import Verify
from tests.integration.postgres_databases import migrated

PAYMENTS, SPAN = 20_000, 2_000
LARGE = {"orders", "payments", "operations", "events", "deliveries", "idempotency_keys", "lines"}
EVERYTHING = [b"", b"~"]  # a table that is not larger than a span
Plan = dict[str, Any]


class Explained(PostgresVerification):
    """Keeps the plan of everything that it asks."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.plans: list[tuple[str, Plan]] = []

    async def _ask(self, steps: Sequence[Step], *, as_a_whole: bool = False) -> list[list[Any]]:
        explained = [
            (Statement(b"", b"EXPLAIN (FORMAT JSON) " + statement.sql), parameters)
            for statement, parameters in steps
        ]
        for (statement, parameters), [[plan]] in zip(
            steps, await super()._ask(explained, as_a_whole=as_a_whole), strict=True
        ):
            if list(parameters[:2]) != EVERYTHING:
                self.plans.append((statement.sql.decode(), plan[0]["Plan"]))
        return await super()._ask(steps, as_a_whole=as_a_whole)


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def reads_all(node: Plan) -> bool:
    if node.get("Relation Name") not in LARGE or "Bitmap" in node["Node Type"]:
        return False
    if node.get("Index Name") == "uq_payments_open":
        return False  # it has only what is open, which the planner knows to be little
    return not ("Index Cond" in node or "TID Cond" in node)


def joins_row_by_row(node: Plan) -> bool:
    """A span for each row of another one; to look a row up in an index for each is another thing."""
    if node["Node Type"] != "Nested Loop":
        return False
    inner = list(nodes(node["Plans"][1]))
    return any(part["Node Type"] in ("Aggregate", "CTE Scan", "Subquery Scan") for part in inner)


async def test_no_span_reads_a_whole_table_or_another_span_for_each_of_its_rows(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, rows in (
        ("verify.SPAN_ROWS", SPAN),
        ("verify.EVENT_ROWS", 4 * SPAN),
        ("compare_book.SPAN_ROWS", SPAN),
    ):
        monkeypatch.setattr(f"core.use_cases.{name}", rows)
    with migrated(postgres_url) as url:
        book = PostgresBook(url)
        await book.prepare()
        await book.close()
        fill(url, Filling(PAYMENTS))
        verification = Explained(url)
        verdict = await Verify(verification, {Mode.TEST: book}.get, book)()
        await verification.close()
    assert verdict.differences == []
    assert verdict.checked["payments"] == PAYMENTS
    assert len(verification.plans) > 10 * PAYMENTS / SPAN
    bad = {
        sql: node
        for sql, plan in verification.plans
        for node in nodes(plan)
        if reads_all(node) or joins_row_by_row(node)
    }
    assert bad == {}
