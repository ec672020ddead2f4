"""The processor's own record of every call it has answered."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.operation import Kind
from ports.book import Line


@dataclass(frozen=True, slots=True)
class Totals:
    """Where the money of one reference is, in minor units; `held` is what a capture may still take."""

    held: int
    taken: int
    given_back: int
    voided: bool

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Totals":
        """The totals of all lines of one reference."""
        voided = any(line.approved and line.kind is Kind.VOID for line in lines)
        taken = sum(line.taken for line in lines)
        held = 0 if voided or taken else sum(line.held for line in lines)
        return cls(held, taken, sum(line.given_back for line in lines), voided)

    @property
    def is_begun(self) -> bool:
        """Whether money was ever held or taken."""
        return self.voided or self.held + self.taken > 0


Judge = Callable[[Sequence[Line]], Line]


class Book(Protocol):
    """Outside the gateway's unit of work. Every method raises Unavailable: the line may have been written."""

    async def enter(self, key: str, reference: str, judge: Judge) -> Line:
        """The line with this key: the one there is, else what `judge` makes of the reference's lines.

        Atomic: of calls that come at once, each judges what the ones before have left.
        """
        ...

    async def line(self, key: str) -> Line | None: ...

    async def of(self, reference: str) -> list[Line]: ...

    def lines(self, after: str = "") -> AsyncIterator[Line]:
        """See `ports.book.ProcessorBook`."""
        ...
