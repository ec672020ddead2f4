"""The invariants, asked of PostgreSQL: sets against sets, a span at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from adapters.postgres.database import Database
from adapters.postgres.line import Statement, Step
from adapters.postgres.literals import numbers, one, texts, times
from adapters.postgres.query_statements import SNAPSHOT
from adapters.postgres.rows import values
from adapters.postgres.statements import COMMIT
from adapters.postgres.terms import Limits
from adapters.postgres.verification.statements import BOOK_HERE, BOOK_SENT, RULES, WEIGHING
from adapters.postgres.verification.walks import size_step, span_of, span_step
from ports.book import Line
from ports.verification import Difference, Page, Rule, Span, Suspect, Walk

# A span takes a tenth of a second; what takes a minute is a sick disk.
LIMITS = Limits(connect_s=5, lend_s=5, read_s=60, batch_s=60, commit_s=60, silence_s=10, lent=2)
# Each span is planned for itself, from an index.
_PLANNED = Statement(
    b"",
    b"SELECT set_config(name, value, true) FROM (VALUES ('enable_seqscan', 'off'), ('jit', 'off'),"
    b" ('max_parallel_workers_per_gather', '0'), ('plan_cache_mode', 'force_custom_plan'), ('work_mem', '32MB'))"
    b" AS settings (name, value)",
)
# Two spans are joined as a whole. With statistics that are old or none the planner takes a span for a row or two, and
# would go through the other one for each of its rows: ten thousand times ten thousand.
_AS_A_WHOLE = Statement(b"", b"SELECT set_config('enable_nestloop', 'off', true)")
_OF_SPANS = {Walk.ORDERS, Walk.PAYMENTS, Walk.EVENTS, Walk.DELIVERIES}


class PostgresVerification:
    """See `ports.verification.Verification`.

    On connections of its own, since its statements may take longer than a request is ready to wait.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, LIMITS, application_name="gateway verify")

    async def size(self, walk: Walk) -> int | None:
        [rows] = await self._ask([size_step(walk)])
        return rows[0][0] if rows else None

    async def span(self, walk: Walk, after: str, limit: int) -> Span:
        [[answer]] = await self._ask([span_step(walk, after, limit)])
        return span_of(walk, after, limit, answer)

    async def check(self, walk: Walk, span: Span, rules: Collection[Rule], *, limit: int) -> list[Difference]:
        asked = {rule: statement for rule, statement in RULES[walk].items() if rule in rules}
        steps = [(statement, _bounds(span, limit)) for statement in asked.values()]
        return list(_differences(asked, await self._ask(steps, as_a_whole=walk in _OF_SPANS)))

    async def compare(self, page: Page, *, limit: int, room: int) -> tuple[list[Difference], list[Suspect]]:
        (unknown, suspects), lines = (
            (BOOK_HERE, []) if page.lines is None else (BOOK_SENT, _columns(page.lines))
        )
        mode = one(page.mode)
        found, others = await self._ask([
            (unknown, [*_bounds(page.span, limit), mode, *lines]),
            (suspects, [*_bounds(page.span, room), mode, *lines]),
        ], as_a_whole=True)  # fmt: skip
        return list(_differences([Rule.BOOK_LINE], [found])), [Suspect(*row) for row in others]

    async def weigh(self, suspects: Sequence[Suspect]) -> list[Difference]:
        columns = [
            texts(sorted({suspect.payment_id for suspect in suspects})),
            texts([suspect.operation_id for suspect in suspects]),
            numbers([suspect.held for suspect in suspects]),
            numbers([suspect.taken for suspect in suspects]),
            numbers([suspect.given_back for suspect in suspects]),
            numbers([suspect.voids for suspect in suspects]),
        ]
        found = await self._ask([(statement, columns) for statement in WEIGHING.values()])
        return list(_differences(WEIGHING, found))

    async def close(self) -> None:
        await self._database.close()

    async def _ask(self, steps: Sequence[Step], *, as_a_whole: bool = False) -> list[list[Any]]:
        """The rows of each, all as of one moment."""
        ahead = [(SNAPSHOT, ()), (_PLANNED, ()), *([(_AS_A_WHOLE, ())] if as_a_whole else [])]
        found = await self._database.read([*ahead, *steps, (COMMIT, ())])
        return [values(result) for result in found[len(ahead) : -1]]


def _bounds(span: Span, limit: int) -> list[bytes | None]:
    return [one(span.after), one(span.to), one(limit)]


def _columns(lines: Sequence[Line]) -> list[bytes]:
    return [
        texts([line.key for line in lines]),
        texts([line.kind for line in lines]),
        texts([line.amount.currency for line in lines]),
        times([line.at for line in lines]),
        numbers([line.approved for line in lines]),
        numbers([line.held for line in lines]),
        numbers([line.taken for line in lines]),
        numbers([line.given_back for line in lines]),
    ]


def _differences(
    rules: Iterable[Rule], found: Iterable[Iterable[tuple[list[str | None], str]]]
) -> Iterator[Difference]:
    for rule, rows in zip(rules, found, strict=True):
        for ids, how in rows:
            yield Difference(rule, tuple(id for id in ids if id is not None), how)
