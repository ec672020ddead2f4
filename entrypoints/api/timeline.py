"""A payment's history as one list in the order in which things happened."""

from collections.abc import Iterator
from datetime import datetime

from core.domain.operation import Cause, Kind, Operation
from core.domain.snapshot import Snapshot, iso
from ports.queries import History

# What was asked of us, by the operation that came of it.
REQUESTS = {
    Kind.AUTHORIZE: "create_payment",
    Kind.RESUME: "return_from_bank",
    Kind.CAPTURE: "capture",
    Kind.VOID: "void",
    Kind.REFUND: "refund",
}
# Causes before their effects where both carry the same time.
TYPES = ("request", "operation", "answer", "event", "delivery", "attempt")

Entry = tuple[datetime, Snapshot]


def of_history(history: History) -> list[Snapshot]:
    """Each entry says when (`at`), what kind of thing (`type`) and which (`name`), then what belongs to its type."""
    entries = [*_operations(history), *_events(history), *_deliveries(history)]
    entries.sort(key=lambda entry: (entry[0], TYPES.index(entry[1]["type"])))
    return [{"at": iso(at), **shown} for at, shown in entries]


def _operations(history: History) -> Iterator[Entry]:
    for operation in sorted(history.operations, key=lambda row: row.id):
        amount: Snapshot = {"amount": operation.amount.minor, "currency": operation.amount.currency}
        if operation.cause is Cause.REQUESTED:
            yield operation.created_at, {"type": "request", "name": REQUESTS[operation.kind], **amount}
        yield (
            operation.created_at,
            {"type": "operation", **_named(operation), "cause": operation.cause, **amount},
        )
        if operation.settled_at is not None:
            yield (
                operation.settled_at,
                {
                    "type": "answer",
                    **_named(operation),
                    "outcome": operation.status,
                    "code": operation.code,
                    "description": operation.description,
                    "reference": operation.reference or None,
                },
            )


def _named(operation: Operation) -> Snapshot:
    return {"name": operation.kind, "operation_id": operation.id}


def _events(history: History) -> Iterator[Entry]:
    for event in sorted(history.events, key=lambda row: row.sequence or 0):
        shown: Snapshot = {"type": "event", "name": event.name, "event_id": event.id}
        yield event.created_at, shown | {"sequence": event.sequence}


def _deliveries(history: History) -> Iterator[Entry]:
    names = {}
    for delivery in history.deliveries:
        names[delivery.id] = delivery.event
        yield (
            delivery.created_at,
            {
                "type": "delivery",
                "name": delivery.event,
                "webhook_id": delivery.id,
                "event_id": delivery.event_id,
                "endpoint_id": delivery.endpoint_id,
                "status": delivery.status,
            },
        )
    for attempt in sorted(history.attempts, key=lambda row: row.id):
        yield (
            attempt.created_at,
            {
                "type": "attempt",
                "name": names.get(attempt.delivery_id, ""),
                "webhook_id": attempt.delivery_id,
                "number": attempt.number,
                "response_code": attempt.response_code,
                "duration_ms": attempt.duration_ms,
                "error": attempt.error,
            },
        )
