"""The simulator over both of its books."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from adapters.memory.clock import MemoryClock
from adapters.simulator import postgres_book
from adapters.simulator.memory_book import MemoryBook
from adapters.simulator.postgres_book import PostgresBook
from adapters.simulator.processor import SimulatorProcessor
from core.domain.errors import Unavailable
from core.domain.outcome import Approved
from tests.contracts.processor import GOOD, RUPEES, ProcessorContract, charge, key
from tests.factories import NOW


class TestInMemory(ProcessorContract):
    @pytest.fixture
    def books(self) -> tuple[MemoryBook, MemoryBook]:
        book = MemoryBook()
        return book, book


class TestPostgres(ProcessorContract):
    @pytest.fixture
    async def books(self, postgres_url: str) -> AsyncIterator[tuple[PostgresBook, PostgresBook]]:
        books = PostgresBook(postgres_url), PostgresBook(postgres_url)
        yield books
        for book in books:
            await book.close()

    async def test_a_book_longer_than_a_page_is_shown_whole(
        self, processor: SimulatorProcessor, books: tuple[PostgresBook, PostgresBook],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(postgres_book, "PAGE", 3)
        references = {await charge(processor) for _ in range(7)}
        shown = [line async for line in books[1].lines()]
        assert references <= {line.reference for line in shown}
        assert len({line.key for line in shown}) == len(shown)

    async def test_the_database_refuses_a_second_charge_itself(
        self, processor: SimulatorProcessor, postgres_url: str
    ) -> None:
        reference = await charge(processor)
        async with await connect(postgres_url) as db:
            with pytest.raises(UniqueViolation):
                await db.execute(
                    "INSERT INTO simulator.lines SELECT %s, reference, kind, amount, currency, takes, outcome, at"
                    " FROM simulator.lines WHERE reference = %s",
                    [key(), reference],
                )

    async def test_many_processes_prepare_at_once(self, postgres_url: str) -> None:
        async with await connect(postgres_url) as db:
            await db.execute("DROP SCHEMA IF EXISTS simulator CASCADE")
        books = [PostgresBook(postgres_url) for _ in range(8)]
        await asyncio.gather(*(book.prepare() for book in books))
        await asyncio.gather(*(book.close() for book in books))

    async def test_a_dropped_schema_comes_back(
        self, processor: SimulatorProcessor, postgres_url: str
    ) -> None:
        await charge(processor)
        async with await connect(postgres_url) as db:
            await db.execute("DROP SCHEMA simulator CASCADE")
        with pytest.raises(Unavailable):
            await charge(processor)
        await charge(processor)

    async def test_a_connection_that_was_ended_is_replaced_unnoticed(
        self, processor: SimulatorProcessor, postgres_url: str
    ) -> None:
        await charge(processor)
        async with await connect(postgres_url) as db:
            cursor = await db.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'gateway simulator'"
            )
            assert await cursor.fetchall()
        await charge(processor)

    async def test_a_server_that_hangs_is_silence_and_charges_once(self, postgres_url: str) -> None:
        book, mine = PostgresBook(postgres_url, timeout_s=0.3), key()
        simulator = SimulatorProcessor(MemoryClock(NOW), book, "", book)
        await charge(simulator)
        pid = await backend(postgres_url)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable):
                async with asyncio.timeout(1):
                    await simulator.authorize(RUPEES, token=GOOD, capture=True, key=mine)
        finally:
            os.kill(pid, signal.SIGCONT)
        answer = await simulator.authorize(RUPEES, token=GOOD, capture=True, key=mine)
        assert isinstance(answer, Approved)
        assert len(await book.of(answer.reference)) == 1
        await book.close()

    async def test_no_server_and_a_mute_one_are_silence(self) -> None:
        mute = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = mute.sockets[0].getsockname()[1]
        for url in (
            "postgresql://nobody@127.0.0.1:1/none",
            f"postgresql+psycopg://nobody@127.0.0.1:{port}/none",
        ):
            book = PostgresBook(url, timeout_s=0.2)
            for answer in (book.line("x"), book.of("x"), book.choice("x"), book.choose("x", True)):
                with pytest.raises(Unavailable):
                    await answer
        mute.close()


async def connect(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(url.replace("+psycopg", ""), autocommit=True)


async def backend(url: str) -> int:
    """The process that serves the simulator's newest connection."""
    async with await connect(url) as db:
        cursor = await db.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'gateway simulator'"
            " ORDER BY backend_start DESC LIMIT 1"
        )
        row = await cursor.fetchone()
    assert row is not None and isinstance(row[0], int)
    return row[0]
