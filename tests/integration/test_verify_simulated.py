"""Whole simulated histories, written into PostgreSQL: what the simulation finds sound, verification finds sound.

They come to places that no scenario of a test thinks of, and are looked at in the middle of the storm as well.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.memory.jobs import JobRow
from adapters.postgres.database import Database
from adapters.postgres.store import PostgresStore
from adapters.postgres.tables import metadata
from adapters.postgres.terms import Limits
from adapters.postgres.verification.verification import PostgresVerification
from adapters.unit_of_work.store import AGGREGATES, Changes
from core.domain.idempotency import KeyRecord
from core.domain.merchant import Mode
from core.use_cases.verdict import Verdict
from core.use_cases.verify import Verify
from ports.book import Line
from ports.verification import Rule
from tests.integration.postgres_databases import connect, empty, migrated
from tests.simulation import simulate
from tests.simulation.world import World

SEEDS = range(7_000, 7_012)
IN_THE_STORM = {Rule.JOB_OVERDUE, Rule.JOB_PARKED}  # a database that is away for minutes keeps jobs waiting


@dataclass(frozen=True)
class Moment:
    """All rows as they were at one time of a history."""

    at: datetime
    rows: Sequence[Any]
    keys: Sequence[KeyRecord]
    jobs: Sequence[JobRow]
    lines: Sequence[Line]

    @classmethod
    def of(cls, world: World) -> "Moment":
        rows = world.database.rows
        return cls(
            world.clock(), [copy(row) for kind in AGGREGATES for row in rows.all(kind)],
            [copy(record) for record in rows.all(KeyRecord)],
            [copy(row) for row in world.database.jobs.rows.values()], list(world.processor.lines()),
        )  # fmt: skip


class Told:
    """A processor's book whose lines are these."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = sorted(lines, key=lambda line: line.key)

    async def lines(self, after: str = "") -> AsyncIterator[Line]:
        for line in self._lines:
            if line.key > after:
                yield line


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with migrated(postgres_url) as url:
        yield url


def moments_of(seed: int, monkeypatch: pytest.MonkeyPatch) -> list[Moment]:
    """In the storm, when it is over, and when nothing is owed any more."""
    moments: list[Moment] = []
    calm_down, differences = simulate.calm_down, simulate.differences

    async def note_and_calm_down(world: World) -> None:
        moments.append(Moment.of(world))
        await calm_down(world)
        moments.append(Moment.of(world))

    def note_and_look(world: World, *more: Any) -> list[str]:
        moments.append(Moment.of(world))
        return differences(world, *more)

    with monkeypatch.context() as patch:
        patch.setattr(simulate, "calm_down", note_and_calm_down)
        patch.setattr(simulate, "differences", note_and_look)
        assert simulate.simulate(seed).wrong == ()
    return moments


async def verdict_on(url: str, moment: Moment) -> Verdict:
    empty(url)
    # A whole history in one transaction may take longer than a request has.
    database = Database(url, Limits(batch_s=30, commit_s=30))
    verification = PostgresVerification(url)
    lag = datetime.now(UTC) - moment.at
    await PostgresStore(database).write([Changes(inserts=list(moment.rows))])
    with connect(url) as admin, admin.cursor() as cursor:
        cursor.execute(
            "UPDATE operations SET created_at = created_at + %s, settled_at = settled_at + %s", [lag, lag]
        )
        for record in moment.keys:
            values = [
                record.id,
                record.scope,
                record.fingerprint,
                record.status,
                record.body,
                record.resource_id,
            ]
            cursor.execute(_insert("idempotency_keys"), [*values, record.created_at + lag, record.version])
        for row in moment.jobs:
            claimed_at = moment.at + lag if row.claimed else None
            leased_until = row.leased_until and row.leased_until + lag
            values = [
                row.job.id,
                row.job.kind,
                row.job.lane,
                row.job.target_id,
                row.due_at + lag,
                row.job.lease,
            ]
            values += [
                leased_until,
                claimed_at,
                row.owed_again,
                row.job.tries,
                row.job.failures,
                row.parked_at,
            ]
            cursor.execute(_insert("jobs"), [*values, row.last_error, row.created_at + lag])
    book = Told([replace(line, at=line.at + lag) for line in moment.lines])
    try:
        return await Verify(verification, {Mode.TEST: book}.get)()
    finally:
        await verification.close()
        await database.close()


def _insert(table: str) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(metadata.tables[table].columns))})"


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_simulated_history_is_sound_at_any_moment(
    seed: int, url: str, monkeypatch: pytest.MonkeyPatch
):
    # In a thread: the simulation has an event loop of its own.
    *stormy, end = await asyncio.to_thread(moments_of, seed, monkeypatch)
    for moment in stormy:
        verdict = await verdict_on(url, moment)
        assert [found for found in verdict.differences if found.rule not in IN_THE_STORM] == []
    verdict = await verdict_on(url, end)
    assert verdict.differences == []
    assert verdict.checked["payments"] > 0
