"""Looking through all rows for what must not be: the invariants, asked of the database itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.domain.merchant import Mode
from ports.book import Line


class Rule(StrEnum):
    """What is checked; `invariant` is its number in docs/reliability.md."""

    ONE_OPEN = "one_open"
    ONE_SUCCESS = "one_success"
    ORDER_STATUS = "order_status"
    ORDER_PAID = "order_paid"
    ORDER_ATTEMPTS = "order_attempts"
    ORDER_EXPIRY = "order_expiry"
    PAYMENT_ORDER = "payment_order"
    AMOUNTS = "amounts"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    STATUS = "status"
    PENDING_OPERATION = "pending_operation"
    REVERSAL = "reversal"
    EVENTS_NUMBERED = "events_numbered"
    EVENTS_NAMED = "events_named"
    DELIVERIES = "deliveries"
    DELIVERY_EVENT = "delivery_event"
    ATTEMPT_DELIVERY = "attempt_delivery"
    OUT_OF_PLACE = "out_of_place"
    DELIVERY_JOB = "delivery_job"
    OPERATION_JOB = "operation_job"
    HOLD_JOB = "hold_job"
    CHALLENGE_JOB = "challenge_job"
    REVERSAL_JOB = "reversal_job"
    LATE_REFUND = "late_refund"
    JOB_TARGET = "job_target"
    JOB_OVERDUE = "job_overdue"
    JOB_PARKED = "job_parked"
    OPERATION_SILENT = "operation_silent"
    REVERSAL_STUCK = "reversal_stuck"
    KEY_RESOURCE = "key_resource"
    BOOK_LINE = "book_line"
    BOOK_NET = "book_net"
    BOOK_CHARGES = "book_charges"

    @property
    def invariant(self) -> int:
        return _INVARIANTS[self]


_INVARIANTS = {
    rule: number
    for number, rules in {
        1: (Rule.ONE_OPEN, Rule.ONE_SUCCESS, Rule.ORDER_STATUS, Rule.ORDER_PAID, Rule.ORDER_ATTEMPTS,
            Rule.PAYMENT_ORDER, Rule.AMOUNTS, Rule.CAPTURED, Rule.REFUNDED),
        2: (Rule.LATE_REFUND, Rule.REVERSAL_STUCK, Rule.BOOK_LINE, Rule.BOOK_NET, Rule.BOOK_CHARGES),
        3: (Rule.EVENTS_NUMBERED, Rule.EVENTS_NAMED, Rule.DELIVERIES, Rule.DELIVERY_EVENT, Rule.ATTEMPT_DELIVERY,
            Rule.OUT_OF_PLACE),
        4: (Rule.STATUS, Rule.PENDING_OPERATION, Rule.REVERSAL),
        6: (Rule.ORDER_EXPIRY, Rule.DELIVERY_JOB, Rule.OPERATION_JOB, Rule.HOLD_JOB, Rule.CHALLENGE_JOB,
            Rule.REVERSAL_JOB, Rule.JOB_TARGET, Rule.JOB_OVERDUE, Rule.JOB_PARKED, Rule.OPERATION_SILENT),
        7: (Rule.KEY_RESOURCE,),
    }.items()
    for rule in rules
}  # fmt: skip
assert {*_INVARIANTS} == {*Rule}, "every rule belongs to an invariant"


@dataclass(frozen=True, slots=True)
class Difference:
    """Which rule is broken, by what (the row itself first, then what it belongs to), and how."""

    rule: Rule
    ids: tuple[str, ...]
    how: str


LAST = "~"  # a place behind every id and every key, by bytes


class Walk(StrEnum):
    """What is gone through, a span of rows at a time."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    EVENTS = "events"
    DELIVERIES = "deliveries"
    JOBS = "jobs"
    KEYS = "keys"
    BOOK = "book"  # the simulator's, where it is kept in the same database


@dataclass(frozen=True, slots=True)
class Span:
    """The rows behind one place up to another, which is included; `rows` says about how many."""

    after: str
    to: str
    rows: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What a processor's book has in a span of its keys; with `lines` None, as it stands in our own database."""

    mode: Mode
    span: Span
    lines: Sequence[Line] | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """An operation whose payment has to be weighed as a whole, and what the book says that it moved."""

    operation_id: str
    payment_id: str
    held: int
    taken: int
    given_back: int
    voids: bool


class Verification(Protocol):
    """Reads only, and stands in nobody's way: each call is short, and sees one moment. Raises Unavailable."""

    async def size(self, walk: Walk) -> int | None:
        """About how many rows there are to go through; None when there is nothing of the kind."""
        ...

    async def span(self, walk: Walk, after: str, limit: int) -> Span:
        """The next rows, about `limit` of them; places begin with the empty text."""
        ...

    async def check(self, walk: Walk, span: Span, rules: Collection[Rule], *, limit: int) -> list[Difference]:
        """What differs in the span, at most `limit` for each of the rules."""
        ...

    async def compare(self, page: Page, *, limit: int, room: int) -> tuple[list[Difference], list[Suspect]]:
        """The lines of which we know nothing, at most `limit`, and the operations that are not as the book says,
        at most `room`. What was settled within the last minute may still lack its line."""
        ...

    async def weigh(self, suspects: Sequence[Suspect]) -> list[Difference]:
        """The suspects' payments for which the book does not come out as our rows do. What is still under
        way is left alone. All suspects of a payment must be told together."""
        ...
