"""RELIABILITY.md's invariants over a whole history: its rows, the processor's book, and what clients were told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.memory.rows import Rows
from adapters.simulator.book import Line
from core.domain import invariants
from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint
from core.domain.event import Event
from core.domain.idempotency import KeyRecord, record_id
from core.domain.invariants import Difference
from core.domain.operation import Cause, Kind, Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import Replay
from core.domain.webhook import Attempt, Delivery, DeliveryStatus
from core.use_cases.seal_audit import SealAudit
from core.use_cases.verify_audit import VerifyAudit
from tests.simulation.client import Note, read
from tests.simulation.world import World

KEY_REUSED, FOREVER = 422, float("inf")
ASKED_FOR = (Kind.CAPTURE, Kind.VOID, Kind.REFUND)


def differences(world: World, notes: Sequence[Note]) -> list[str]:
    """Everything that is not as it must be, in words."""
    rows, book = world.database.rows, world.processor.lines()
    found = [
        *of_rows(rows, book),
        *of_book_keys(rows, book),
        *of_jobs(world),
        *of_receivers(rows, world.shops.accepted),
        *of_keys(rows),
        *of_answers(rows, notes, world.watch.bound_at),
    ]
    return [str(difference) for difference in found]


async def of_audit(world: World) -> list[str]:
    """Whoever sealed it, and died over it: the chain of the audit log holds, and soon has no end left over."""
    chain = world.database.audit_chain
    while await SealAudit(chain)():
        pass
    verdict = await VerifyAudit(chain)()
    entries = sum(1 for _ in world.database.rows.all(AuditEntry))
    if verdict.broken is None and verdict.sound == entries:
        return []
    return [f"the audit log: {verdict.sound} of {entries} entries are sealed soundly, {verdict.broken}"]


def of_rows(rows: Rows, book: Sequence[Line]) -> Iterable[Difference]:
    """1, 2, 3 and 6, order by order."""
    under: dict[str, list[Line]] = defaultdict(list)
    for line in book:
        under[line.key].append(line)
    for order in rows.all(Order):
        payments = rows.of(Payment, order.id)
        yield from invariants.of_order(order, payments)
        for payment in payments:
            operations, events = rows.of(Operation, payment.id), rows.of(Event, payment.id)
            movements = [line for operation in operations for line in under[operation.id]]
            deliveries = [delivery for event in events for delivery in rows.of(Delivery, event.id)]
            yield from invariants.of_amounts(payment, operations)
            yield from invariants.of_book(payment, operations, movements)
            yield from invariants.of_events(payment, operations, events)
            yield from invariants.of_ends(payment, operations, deliveries)
    for event in rows.all(Event):
        yield from invariants.of_deliveries(event, rows.of(Delivery, event.id))


def of_book_keys(rows: Rows, book: Sequence[Line]) -> Iterable[Difference]:
    """Every line of the book belongs to an operation of ours, which knows its amount."""
    for line in book:
        operation = rows.get(Operation, line.key)
        if operation is None:
            yield Difference(2, line.key, f"the processor has a {line.kind} of which we know nothing")
        elif line.kind is not operation.kind:
            yield Difference(2, line.key, f"our {operation.kind} is a {line.kind} to the processor")


def of_jobs(world: World) -> Iterable[Difference]:
    """Nothing is owed any more, and nothing is parked; every replay has come to its end."""
    for replay in world.database.rows.all(Replay):
        if replay.finished_at is None:
            yield Difference(6, replay.id, f"has not ended after {replay.replayed} deliveries")
    for row in world.database.jobs.rows.values():
        state = "parked" if row.parked_at else "owed"
        yield Difference(
            6, row.job.id, f"{row.job.kind} {row.job.target_id} is still {state}: {row.last_error}"
        )


def of_receivers(rows: Rows, accepted: set[tuple[str, str]]) -> Iterable[Difference]:
    """What is written down as delivered was accepted, and every attempt was recorded with its number."""
    for delivery in rows.all(Delivery):
        endpoint = rows.get(Endpoint, delivery.endpoint_id)
        if delivery.status is DeliveryStatus.SUCCESS and (endpoint.url, delivery.event_id) not in accepted:
            yield Difference(
                3, delivery.id, f"{delivery.event} is said to be delivered, and {endpoint.url} never took it"
            )
        if delivery.account != endpoint.account:
            yield Difference(3, delivery.id, "went to somebody else's endpoint")
        attempts = rows.of(Attempt, delivery.id)
        if delivery.attempts > len(attempts):
            yield Difference(3, delivery.id, f"{delivery.attempts} attempts, {len(attempts)} written down")


def of_keys(rows: Rows) -> Iterable[Difference]:
    """7, from our side: what a client asked for under a key was done once and is what the key stands for."""
    records: dict[str, list[str]] = defaultdict(list)
    for record in rows.all(KeyRecord):
        records[record.resource_id].append(record.id)
    asked = [op for op in rows.all(Operation) if op.kind in ASKED_FOR and op.cause is Cause.REQUESTED]
    for made in (*rows.all(Order), *rows.all(Payment), *rows.all(Endpoint), *rows.all(Replay), *asked):
        keys = [
            id for id in records[made.id] if not isinstance(made, Payment) or not _is_capture(id, rows, made)
        ]
        if len(keys) != 1:
            yield Difference(7, made.id, f"{type(made).__name__} under the keys {', '.join(keys) or 'none'}")


def of_answers(rows: Rows, notes: Sequence[Note], bound_at: Mapping[str, float]) -> Iterable[Difference]:
    """7, from the clients' side: one key, one answer, whatever has happened since; and what it names is there."""
    first: dict[tuple[Any, ...], bytes] = {}
    for note in notes:
        use = (note.scope, note.key, note.request.path, note.request.body)
        if 200 <= note.answer.status < 300:
            id = read(note.answer)["id"]
            if first.setdefault(use, note.answer.body) != note.answer.body:
                yield Difference(7, note.key, f"was answered {first[use]!r} and {note.answer.body!r}")
            if not any(rows.get(kind, id) for kind in (Order, Payment, Operation, Endpoint, Replay)):
                yield Difference(7, id, "was answered and does not exist")
        elif note.answer.status != KEY_REUSED and bound_at.get(record_id(*use[:2]), FOREVER) < note.asked_at:
            yield Difference(7, note.key, f"was refused with {note.answer.status} after it had been answered")


def _is_capture(record_id: str, rows: Rows, payment: Payment) -> bool:
    """A capture of what was captured before stands for the payment itself."""
    record = rows.get(KeyRecord, record_id)
    return record.status == 200
