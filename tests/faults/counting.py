"""Counts after a fault: what was lost, what was doubled, and what else is not as it must be."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.domain import invariants
from core.domain.ids import is_id
from core.domain.invariants import Difference
from tests.faults.books import Rows, movements, rows_of
from tests.faults.memory import Memory
from tests.faults.site import Site
from tests.faults.trade import Trade


@dataclass
class Count:
    """Each entry is a sentence with ids."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    payments: int = 0
    events: int = 0
    repeated_events: int = 0


async def count(site: Site, trade: Trade, memory: Memory) -> Count:
    """The rows by the invariants, the client's memory against the rows, the receivers' books against the events."""
    rows, found = await rows_of(site, trade.merchant_id), Count()
    for difference in _by_invariants(rows):
        _sort(difference, found)
    found.doubled += await _strange_lines(site, rows)
    _remember(rows, memory, found)
    for box, endpoint_id in trade.boxes.items():
        _read_books(box, await site.box(box), rows, endpoint_id, found)
    found.wrong += memory.complaints
    found.payments, found.events = len(rows.all_payments()), len(rows.all_events())
    return found


def _by_invariants(rows: Rows) -> Iterable[Difference]:
    for order in rows.orders:
        yield from invariants.of_order(order, rows.payments[order.id])
    for payment in rows.all_payments():
        operations, events = rows.operations[payment.id], rows.events[payment.id]
        deliveries = [delivery for event in events for delivery in rows.deliveries[event.id]]
        yield from invariants.of_amounts(payment, operations)
        yield from invariants.of_book(payment, operations, movements(rows, operations))
        yield from invariants.of_events(payment, operations, events)
        yield from invariants.of_ends(payment, operations, deliveries)
    for event in rows.all_events():
        yield from invariants.of_deliveries(event, rows.deliveries[event.id])


async def _strange_lines(site: Site, rows: Rows) -> list[str]:
    """Every line of the book belongs to an operation of somebody's; what does not was done under another key."""
    known = {id for (id,) in await site.sql("SELECT id FROM operations")}
    return [str(Difference(2, key, "the processor moved money of which we know nothing"))
            for key in rows.lines if rows.lines[key] and key not in known]  # fmt: skip


def _sort(difference: Difference, found: Count) -> None:
    words = str(difference)
    if difference.invariant == 6:
        found.lost.append(words)
    elif "more than once" in words or "twice" in words:
        found.doubled.append(words)
    else:
        found.wrong.append(words)


def _remember(rows: Rows, memory: Memory, found: Count) -> None:
    """Whatever was answered is there, and whatever is there was answered: this client never gives up."""
    told = {json.loads(note.answer)["id"] for note in memory.notes}
    refunds = [op for payment in rows.all_payments() for op in rows.operations[payment.id] if op.is_refund]
    there = {row.id for some in (rows.orders, rows.all_payments(), refunds) for row in some}
    found.lost += [f"{id} was answered and does not exist" for id in sorted(told - there)]
    found.doubled += [f"{id} exists and was never answered" for id in sorted(there - told)]
    for payment in rows.all_payments():
        last = memory.ended.get(payment.id)
        if last in ("success", "failed", "voided") and last != payment.status:
            found.wrong.append(f"{payment.id} was {last} and is {payment.status}")
    assert all(is_id(id, id.partition("_")[0]) for id in told)


def _read_books(box: str, books: dict[str, Any], rows: Rows, endpoint_id: str, found: Count) -> None:
    """What was owed to this receiver has come, as one event each, and nothing else has."""
    known = {event.id: event for event in rows.all_events()}
    owed = {id: d for id in known for d in rows.deliveries[id] if d.endpoint_id == endpoint_id}
    entered: dict[tuple[str, int], str] = {}
    for id, entry in books["events"].items():
        if entry["payment_id"] is None:
            continue  # of an order, whose payment it does not name: known by its id
        place = (entry["payment_id"], entry["sequence"])
        if entered.setdefault(place, id) != id:
            found.doubled.append(f"{box} heard event {place} as {id} and as {entered[place]}")
    found.wrong += [f"{box} heard of {id}, which never happened" for id in books["events"] if id not in known]
    for id in owed.keys() - books["events"].keys():
        found.lost.append(f"{box} never heard of {known[id].name} {id}; the delivery is {owed[id].status}")
    if books["unverified"]:
        found.wrong.append(f"{box} could not verify {books['unverified']} webhooks")
    found.repeated_events += sum(entry["times"] - 1 for entry in books["events"].values())
