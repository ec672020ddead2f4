"""Hold a processor's book against our operations."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from core.domain.errors import Unavailable
from core.domain.merchant import Mode
from core.use_cases.verdict import MAX_TOLD, Findings, Note
from ports.book import Line, ProcessorBook
from ports.verification import LAST, Page, Span, Suspect, Verification, Walk

SPAN_ROWS, PAGE_LINES = 10_000, 1_000
MAX_SUSPECTS, WEIGHED = 100_000, 1_000


@dataclass(frozen=True)
class CompareBook:
    """Line by line first, and then, where they are not alike, whether the payment as a whole comes out right.
    Without a `book` the lines are those that stand in our own database."""

    verification: Verification
    mode: Mode
    book: ProcessorBook | None

    async def __call__(self, findings: Findings, after: str, note: Note) -> None:
        """From the key `after` on. A book that cannot be read is noted in the findings. Raises Unavailable when
        our own database is away."""
        size = await self.verification.size(Walk.BOOK) if self.book is None else None
        what = f"{self.mode} book"
        findings.checked[what] = 0
        suspects: list[Suspect] = []
        pages = self._here(after, size) if self.book is None else self._sent(self.book, findings, after)
        async with aclosing(pages):
            async for page in pages:
                room = MAX_SUSPECTS - len(suspects)
                unknown, others = await self.verification.compare(page, limit=MAX_TOLD + 1, room=room)
                findings.add(unknown)
                suspects += others
                findings.checked[what] += page.span.rows
                note(what, findings.checked[what], size if not after else None)
                if len(others) == room:
                    findings.unread.append(
                        f"{what}: after {MAX_SUSPECTS} differences it was read no further."
                    )
                    break
        for batch in _by_payment(suspects):
            findings.add(await self.verification.weigh(batch))

    async def _here(self, after: str, size: int | None) -> AsyncGenerator[Page, None]:
        """Nothing when it has never been written into."""
        while after != LAST and size is not None:
            span = await self.verification.span(Walk.BOOK, after, SPAN_ROWS)
            yield Page(self.mode, span)
            after = span.to

    async def _sent(self, book: ProcessorBook, findings: Findings, after: str) -> AsyncGenerator[Page, None]:
        lines: list[Line] = []
        try:
            async for line in book.lines(after):
                lines.append(line)
                if len(lines) == PAGE_LINES:
                    yield Page(self.mode, Span(after, line.key, PAGE_LINES, is_last=False), lines)
                    after, lines = line.key, []
        except Unavailable as error:
            findings.unread.append(f"{self.mode} book: {error}")
        else:
            yield Page(self.mode, Span(after, LAST, len(lines), is_last=True), lines)


def _by_payment(suspects: list[Suspect]) -> Iterator[list[Suspect]]:
    """Batches in which each payment's suspects are together."""
    suspects.sort(key=attrgetter("payment_id"))
    batch: list[Suspect] = []
    for _, of_payment in groupby(suspects, key=attrgetter("payment_id")):
        batch += of_payment
        if len(batch) >= WEIGHED:
            yield batch
            batch = []
    if batch:
        yield batch
