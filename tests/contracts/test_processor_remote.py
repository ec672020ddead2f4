"""The remote processor keeps the simulator's promises, over real sockets."""

from collections.abc import AsyncIterator

import pytest

from adapters.acquirer import processor as module
from adapters.acquirer.processor import AcquirerProcessor
from adapters.memory.clock import MemoryClock
from adapters.simulator.memory_book import MemoryBook
from core.domain.instrument import Card
from core.domain.money import Money
from tests.contracts.processor import ProcessorContract, charge, hold, key
from tests.integration.acquirer.service import acquirer_service, speaking_to

Books = tuple[MemoryBook, MemoryBook]


class TestRemote(ProcessorContract):
    """`processor` and `another` are two processes' adapters to two services that share one book."""

    @pytest.fixture
    def books(self) -> Books:
        book = MemoryBook()
        return book, book

    @pytest.fixture
    async def processor(self, books: Books, clock: MemoryClock) -> AsyncIterator[AcquirerProcessor]:
        async with acquirer_service(clock, books[0]) as service, speaking_to(service.url) as processor:
            yield processor

    @pytest.fixture
    async def another(self, books: Books, clock: MemoryClock) -> AsyncIterator[AcquirerProcessor]:
        async with acquirer_service(clock, books[1]) as service, speaking_to(service.url) as processor:
            yield processor

    async def test_its_book_is_read_whole_page_by_page(
        self,
        processor: AcquirerProcessor,
        books: Books,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(module, "PAGE_LINES", 3)
        assert [line async for line in processor.lines()] == []
        reference = await hold(processor)
        await processor.capture(reference, Money(60_000, "INR"), key=key())
        await self.challenge(processor, key())
        for _ in range(4):
            await charge(processor)
        kept = [line async for line in books[0].lines()]
        assert [line async for line in processor.lines()] == kept
        assert len(kept) == 7
        assert [line async for line in processor.lines(kept[4].key)] == kept[5:]

    async def test_a_card_becomes_a_token(self, processor: AcquirerProcessor) -> None:
        made = await processor.tokenize(Card("4000000000000002", 12, 2030, "123", "Asha"))
        assert (made.token, made.network, made.last4) == ("tok_sim_declined_generic_decline", "visa", "0002")
