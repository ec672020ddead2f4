"""Looking through all rows for what must not be: the invariants, asked of the database itself."""

from collections.abc import Sequence
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
        3: (Rule.EVENTS_NUMBERED, Rule.EVENTS_NAMED, Rule.DELIVERIES),
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


class Walk(StrEnum):
    """What is gone through, a span of rows at a time. The last one is a book that is kept in the same database."""

    ORDERS = "orders"
    PAYMENTS = "payments"
    EVENTS = "events"
    JOBS = "jobs"
    KEYS = "idempotency keys"
    BOOK = "book"


@dataclass(frozen=True, slots=True)
class Span:
    """The rows after one place up to another, which is included; `rows` says how many, roughly."""

    after: str
    to: str
    rows: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Suspect:
    """An operation of which the processor's book says something else than we do: it may be no difference,
    if its payment as a whole comes out right. `line` is None where the book has none."""

    operation_id: str
    payment_id: str
    line: Line | None


class Verification(Protocol):
    """Reads only, and disturbs nobody: each call is short, and sees one moment. Raises Unavailable."""

    async def size(self, walk: Walk) -> int:
        """About how many rows there are to go through."""
        ...

    async def span(self, walk: Walk, after: str, limit: int) -> Span:
        """The next rows, about `limit` of them."""
        ...

    async def check(
        self, walk: Walk, span: Span, *, limit: int, without: frozenset[Rule]
    ) -> list[Difference]:
        """What differs in the span, at most `limit` for each rule; those of `without` are left out."""
        ...
