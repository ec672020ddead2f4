"""The gateway's own simulator in the place of the acquirer."""

from datetime import datetime

from adapters.simulator.book import Line
from adapters.simulator.memory_book import MemoryBook
from adapters.simulator.processor import SimulatorProcessor
from ports.clock import Clock


class SimulatorBank:
    """A `SimulatorProcessor` with what a history asks of a processor besides; it never speaks by itself."""

    def __init__(self, clock: Clock) -> None:
        self._book = MemoryBook()
        processor = SimulatorProcessor(clock, self._book, "https://bank.example", self._book)
        self.authorize, self.resume, self.capture = processor.authorize, processor.resume, processor.capture
        self.void, self.refund, self.find = processor.void, processor.refund, processor.find
        self.choose = self._book.choose
        self.news: list[tuple[datetime, str]] = []

    def turn(self) -> None: ...

    def next_at(self) -> datetime | None:
        return None

    def lines(self) -> list[Line]:
        return sorted(self._book._lines.values(), key=lambda line: line.key)
