"""The book and the choices in PostgreSQL, in a schema and on connections of the simulator's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg.errors import InvalidSchemaName, UndefinedTable

from adapters.simulator.book import Judge
from adapters.simulator.connections import MAX_CONNECTIONS, TIMEOUT_S, Connections, Db
from adapters.simulator.line_row import line_of, row_of
from ports.book import Line

PAGE = 1000
_IS_THERE = (
    "SELECT to_regclass('simulator.lines') IS NOT NULL AND to_regclass('simulator.choices') IS NOT NULL"
)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('simulator ' || %s, 0))"
_INSERT = """
    INSERT INTO simulator.lines (key, reference, kind, amount, currency, takes, outcome, at)
    VALUES (%(key)s, %(reference)s, %(kind)s, %(amount)s, %(currency)s, %(takes)s, %(outcome)s, %(at)s)"""
_SCHEMA = """
    CREATE SCHEMA IF NOT EXISTS simulator;
    CREATE TABLE IF NOT EXISTS simulator.lines (
        key text COLLATE "C" PRIMARY KEY,
        reference text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('authorize', 'resume', 'capture', 'void', 'refund')),
        amount bigint NOT NULL CHECK (amount >= 0),
        currency char(3) NOT NULL,
        takes boolean NOT NULL,
        outcome jsonb NOT NULL CHECK (outcome ? 'answer'),
        at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS lines_reference ON simulator.lines (reference);
    CREATE UNIQUE INDEX IF NOT EXISTS lines_one_charge ON simulator.lines (reference)
        WHERE takes AND amount > 0 AND outcome ->> 'answer' = 'approved';
    CREATE TABLE IF NOT EXISTS simulator.choices (reference text PRIMARY KEY, approved boolean NOT NULL);
"""


class PostgresBook:
    """See `adapters.simulator.book.Book` and `adapters.simulator.acs.Choices`. Opens when first asked."""

    def __init__(
        self, url: str, *, max_connections: int = MAX_CONNECTIONS, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._connections = Connections(url, limit=max_connections, timeout_s=timeout_s)
        self._prepared = False

    async def prepare(self) -> None:
        """Make the schema and its tables where they are missing; done by itself at the first call."""
        async with self._connections.transaction() as db:
            # Looked for first: where an operator has made them, no right to make schemas is needed.
            found = await (await db.execute(_IS_THERE)).fetchone()
            if found is None or not all(found.values()):
                await db.execute(_LOCK, ["schema"])  # IF NOT EXISTS alone fails when two processes race
                await db.execute(_SCHEMA)
        self._prepared = True

    async def close(self) -> None:
        await self._connections.close()

    async def enter(self, key: str, reference: str, judge: Judge) -> Line:
        async with self._transaction() as db:
            await db.execute(_LOCK, [reference])
            # A statement of its own: it must see what was committed while this one waited for the lock.
            cursor = await db.execute(
                "SELECT * FROM simulator.lines WHERE reference = %s OR key = %s", [reference, key]
            )
            lines = [line_of(row) for row in await cursor.fetchall()]
            for line in lines:
                if line.key == key:
                    return line
            line = judge(lines)
            assert (line.key, line.reference) == (key, reference), line
            await db.execute(_INSERT, row_of(line))
        return line

    async def line(self, key: str) -> Line | None:
        async with self._transaction() as db:
            row = await (await db.execute("SELECT * FROM simulator.lines WHERE key = %s", [key])).fetchone()
        return None if row is None else line_of(row)

    async def of(self, reference: str) -> list[Line]:
        async with self._transaction() as db:
            cursor = await db.execute("SELECT * FROM simulator.lines WHERE reference = %s", [reference])
            return [line_of(row) for row in await cursor.fetchall()]

    async def lines(self, after: str = "") -> AsyncIterator[Line]:
        while page := await self._page(after):
            for line in page:
                yield line
            after = page[-1].key

    async def choice(self, reference: str) -> bool | None:
        async with self._transaction() as db:
            cursor = await db.execute(
                "SELECT approved FROM simulator.choices WHERE reference = %s", [reference]
            )
            row = await cursor.fetchone()
        return None if row is None else bool(row["approved"])

    async def choose(self, reference: str, approved: bool) -> bool:
        async with self._transaction() as db:
            cursor = await db.execute(
                "INSERT INTO simulator.choices VALUES (%s, %s) ON CONFLICT DO NOTHING", [reference, approved]
            )
        if cursor.rowcount == 1:
            return approved
        stands = await self.choice(reference)
        assert stands is not None, reference
        return stands

    async def _page(self, after: str) -> list[Line]:
        async with self._transaction() as db:
            cursor = await db.execute(
                "SELECT * FROM simulator.lines WHERE key > %s ORDER BY key LIMIT %s", [after, PAGE]
            )
            return [line_of(row) for row in await cursor.fetchall()]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Db]:
        if not self._prepared:
            await self.prepare()
        async with self._connections.transaction() as db:
            try:
                yield db
            except (UndefinedTable, InvalidSchemaName):
                self._prepared = False  # a developer has dropped them; whoever asks again finds them
                raise
