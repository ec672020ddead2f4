"""Look through the whole database for what must not be."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.domain.ids import EPOCH, EVENT, OPERATION, ORDER, PAYMENT, first_id, new_uuid, uuid_made_at
from core.domain.merchant import Mode
from core.use_cases.compare_book import CompareBook
from core.use_cases.verdict import MAX_TOLD, Findings, Note, Verdict
from ports.book import ProcessorBook
from ports.verification import Verification, Walk

SPAN_ROWS = 10_000
EVENT_ROWS = 4 * SPAN_ROWS  # as many as so many payments have
_PREFIXES = {Walk.ORDERS: ORDER, Walk.PAYMENTS: PAYMENT, Walk.EVENTS: EVENT}


@dataclass(frozen=True)
class Verify:
    """`own_book` is the one whose lines stand in our own database, and need not be sent there to be compared."""

    verification: Verification
    book_for: Callable[[Mode], ProcessorBook | None]
    own_book: ProcessorBook | None = None

    async def __call__(
        self,
        *,
        since: datetime | None = None,
        books: bool = True,
        note: Note = lambda what, done, total: None,
    ) -> Verdict:
        """With `since` only what was made then or later, all jobs, and no keys. Raises Unavailable."""
        findings = Findings()
        await self._go_through(findings, since, note)
        for mode in Mode:
            book = self.book_for(mode) if books else None
            if book is not None:
                compare = CompareBook(self.verification, mode, None if book is self.own_book else book)
                await compare(findings, _begin(OPERATION, since), note)
        return findings.verdict()

    async def _go_through(self, findings: Findings, since: datetime | None, note: Note) -> None:
        """All tables hand in hand, by the time in their ids: what one walk has read from the disk is still in
        memory when the next one wants it."""
        places = {walk: _begin(prefix, since) for walk, prefix in _PREFIXES.items()}
        places[Walk.DELIVERIES] = "" if since is None else new_uuid(max(since, EPOCH), bytes(10))
        places[Walk.JOBS] = ""
        if since is None:
            places[Walk.KEYS] = ""
        sizes = {walk: await self.verification.size(walk) if since is None else None for walk in places}
        while places:
            walk = min(places, key=lambda walk: _moment(places[walk]))
            limit = EVENT_ROWS if walk in (Walk.EVENTS, Walk.DELIVERIES) else SPAN_ROWS
            span = await self.verification.span(walk, places[walk], limit)
            findings.add(await self.verification.check(walk, span, findings.wanted, limit=MAX_TOLD + 1))
            findings.checked[walk] += span.rows
            note(walk, findings.checked[walk], sizes[walk])
            if span.is_last:
                del places[walk]
            else:
                places[walk] = span.to


def _begin(prefix: str, since: datetime | None) -> str:
    """A place before everything with that prefix that was made since then."""
    return "" if since is None else first_id(prefix, since)


def _moment(place: str) -> str:
    """What is older comes first, as the ids of a place's table say it; what says nothing comes before all."""
    at = uuid_made_at(place)
    return (first_id("", at) if at else place).partition("_")[2]
