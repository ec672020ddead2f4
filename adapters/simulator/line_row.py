"""How a line of the book is a row of its table."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Declined, Final
from ports.book import Line

Row = dict[str, Any]


def row_of(line: Line) -> Row:
    return {
        "key": line.key,
        "reference": line.reference,
        "kind": line.kind.value,
        "amount": line.amount.minor,
        "currency": line.amount.currency,
        "takes": line.takes,
        "outcome": Jsonb(_outcome_to_json(line.outcome)),
        "at": line.at,
    }


def line_of(row: Row) -> Line:
    amount = Money(row["amount"], row["currency"])
    outcome = _outcome_from_json(row["outcome"])
    return Line(row["key"], row["reference"], Kind(row["kind"]), amount, row["takes"], outcome, row["at"])


def _outcome_to_json(outcome: Final) -> Row:
    fields = asdict(outcome)
    match outcome:
        case Approved():
            return {"answer": "approved", **fields}
        case Declined():
            return {"answer": "declined", **fields}
        case ActionRequired(expires_at=expires_at):
            return {"answer": "action_required", **fields, "expires_at": expires_at.isoformat()}


def _outcome_from_json(fields: Row) -> Final:
    match fields.pop("answer"):
        case "approved":
            return Approved(**fields)
        case "declined":
            return Declined(**fields)
        case answer:
            assert answer == "action_required", answer
            return ActionRequired(**fields | {"expires_at": datetime.fromisoformat(fields["expires_at"])})
