"""Connections that are kept between uses, and reads that a restart of PostgreSQL does not disturb."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from psycopg.pq.abc import PGresult

from adapters.postgres.failures import meaning_of, no_answer, unreachable
from adapters.postgres.line import Broken, Line, Refusal, Statement, Step
from adapters.postgres.terms import Limits

# While a table is young, or a queue empty for a moment, the planner would read all of it, and keep to that plan.
# Whatever is asked on a kept line is found by an index, and how is considered anew every second.
_BY_INDEX = Statement(
    b"",
    b"SELECT set_config(name, value, false) FROM (VALUES ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'),"
    b" ('enable_mergejoin', 'off'), ('plan_cache_mode', 'force_generic_plan')) AS settings (name, value)",
)
_REPLAN_S = 1.0


class Kept:
    """A line that is opened when first needed, and anew when it was lost. `async with` waits for one's turn."""

    def __init__(self, open: Callable[[], Awaitable[Line]], limits: Limits) -> None:
        self._open = open
        self._limits = limits
        self._turn = asyncio.Lock()
        self._line: Line | None = None

    async def __aenter__(self) -> Line:
        """Raises Unavailable."""
        await self._turn.acquire()
        try:
            if self._line is None or not self._line.is_usable:
                self.close()
                self._line = await self._opened()
            return self._line
        except BaseException:
            self._turn.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._turn.release()

    async def read(self, steps: Sequence[Step]) -> list[PGresult]:
        """One round trip, for what changes nothing. Raises Unavailable."""
        return await read(lambda: self, steps, timeout_s=self._limits.read_s)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None

    async def _opened(self) -> Line:
        line = await self._open()
        try:
            await line.ask([(_BY_INDEX, ())], timeout_s=self._limits.read_s)
            line.replan(_REPLAN_S)
        except (Broken, Refusal) as error:
            line.close()
            raise unreachable() from error
        return line


async def read(
    enter: Callable[[], AbstractAsyncContextManager[Line]], steps: Sequence[Step], *, timeout_s: float
) -> list[PGresult]:
    """Asked a second time when the connection broke, since a new one may find PostgreSQL back."""
    for is_last in (False, True):
        try:
            async with enter() as line:
                return await line.ask(steps, timeout_s=timeout_s)
        except Broken as broken:
            if broken.timed_out:
                raise no_answer() from broken
            if is_last:
                raise unreachable() from broken
        except Refusal as refusal:
            raise meaning_of(refusal) from refusal
    raise AssertionError("the second try returns or raises")
