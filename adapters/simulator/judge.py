"""Whether a call may move money, given what its payment's lines say has moved before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.simulator.answers import declined
from adapters.simulator.book import Totals
from adapters.simulator.scenario import Reference
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import Final
from ports.book import Line

NOTHING = Money(0, "XXX")  # ISO 4217: no currency


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, under which key, of which payment; a RESUME or VOID is about the amount in the book."""

    kind: Kind
    key: str
    reference: Reference
    amount: Money = NOTHING
    takes: bool = False


def judge(call: Call, wish: Final, lines: Sequence[Line], *, at: datetime) -> Line:
    """The line that the call leaves: as its scenario wishes, unless what has moved speaks against it."""
    first = next((line for line in lines if line.kind is Kind.AUTHORIZE), None)
    totals = Totals.of(lines)
    amount, takes = call.amount, call.takes
    if call.kind is Kind.VOID and first is not None:
        amount = first.amount.of(totals.held)
    if call.kind is Kind.RESUME and first is not None:
        # Completed once; who resumes again hears the same, and nothing moves.
        amount, takes = (first.amount.of(0) if totals.is_begun else first.amount), first.takes
    code = _objection(call, first, totals)
    outcome = wish if code is None else declined(code, call.reference)
    return Line(call.key, str(call.reference), call.kind, amount, takes, outcome, at)


def _objection(call: Call, first: Line | None, totals: Totals) -> str | None:
    """The decline code of what speaks against the call."""
    if call.kind is Kind.AUTHORIZE:
        return None
    if first is None:
        return "unknown_reference"
    match call.kind:
        case Kind.CAPTURE | Kind.VOID if totals.taken:
            return "already_captured"
        case Kind.CAPTURE | Kind.VOID if totals.voided:
            return "already_voided"
        case Kind.CAPTURE | Kind.VOID if not totals.held:
            return "not_authorized"
        case Kind.CAPTURE | Kind.REFUND if call.amount.currency != first.amount.currency:
            return "currency_mismatch"
        case Kind.CAPTURE if call.amount.minor > totals.held:
            return "amount_too_large"
        case Kind.REFUND if call.amount.minor > totals.taken - totals.given_back:
            return "amount_too_large"
    return None
