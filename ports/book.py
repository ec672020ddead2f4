"""A processor's own record of what it did, to hold ours against."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import Approved, Final


@dataclass(frozen=True, slots=True)
class Line:
    """One answered call. Its key is the id of our operation; the reference names the processor's payment.

    `amount` is what the call was about. It has moved only if the outcome is Approved: read `held`,
    `taken` and `given_back`. `takes` says that money is taken at once rather than held.
    """

    key: str
    reference: str
    kind: Kind
    amount: Money
    takes: bool
    outcome: Final
    at: datetime

    @property
    def approved(self) -> bool:
        return isinstance(self.outcome, Approved)

    @property
    def held(self) -> int:
        holds = self.kind in (Kind.AUTHORIZE, Kind.RESUME) and not self.takes
        return self.amount.minor if self.approved and holds else 0

    @property
    def taken(self) -> int:
        return self.amount.minor if self.approved and self.takes else 0

    @property
    def given_back(self) -> int:
        return self.amount.minor if self.approved and self.kind is Kind.REFUND else 0


class ProcessorBook(Protocol):
    """What a processor shows of its book, where it can be asked."""

    def lines(self, after: str = "") -> AsyncIterator[Line]:
        """Every line whose key comes after that one, by key (by bytes). Raises Unavailable."""
        ...
