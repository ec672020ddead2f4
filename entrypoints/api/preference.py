"""Waiting for the processor's answer when the client prefers to (RFC 7240)."""

import asyncio
import json
import re

from starlette.requests import Request

from core.domain.ids import PAYMENT
from core.domain.operation import Cause, Kind, OperationStatus
from core.domain.snapshot import Snapshot
from entrypoints.api.answers import Answer, ok
from entrypoints.api.deps import header, use
from entrypoints.api.hub import PaymentHub
from entrypoints.api.owned import path_id
from entrypoints.api.seats import waiting_elsewhere

MAX_WAIT_S = 30
# The event that tells of each outcome (the table of transitions in the core).
TOLD_BY = {
    (Kind.CAPTURE, OperationStatus.APPROVED): "payment.success",
    (Kind.CAPTURE, OperationStatus.DECLINED): "payment.capture_failed",
    (Kind.VOID, OperationStatus.APPROVED): "payment.voided",
    (Kind.VOID, OperationStatus.DECLINED): "payment.void_failed",
}
WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?(?=$|[,;\s])", re.ASCII | re.IGNORECASE)


async def after_waiting(request: Request, kind: Kind, answer: Answer) -> Answer:
    """The answer; with `Prefer: wait=5` and the operation under way, the payment as that operation leaves it.

    So too for a repeat with the same key: whoever prefers to wait wants the outcome.
    """
    seconds = wait_s(request)
    if not seconds or json.loads(answer.body).get("pending_operation") != kind:
        return answer
    id = path_id(request, PAYMENT, "Payment")
    with waiting_elsewhere(request.scope):
        await _wait(request, id, seconds)
    left = await _as_left(request, id, kind)
    applied = (b"preference-applied", b"wait=%d" % seconds)
    return (answer if left is None else ok(left).plus(*answer.headers)).plus(applied)


def wait_s(request: Request) -> int:
    """How long the client prefers to wait, at most half a minute; 0 when it does not say."""
    found = WAIT.search(header(request, b"prefer") or "")
    return min(int(found[1]), MAX_WAIT_S) if found else 0


async def _wait(request: Request, payment_id: str, seconds: int) -> None:
    hub: PaymentHub = request.scope["app"].state.hub
    async with use(request, "uow").begin() as tx:
        payment = await tx.payments.get(payment_id)
    now = asyncio.get_running_loop().time
    until = now() + seconds
    while payment is not None and payment.pending_operation is not None:
        payment = await hub.newer(payment_id, payment.version, within_s=until - now())


async def _as_left(request: Request, payment_id: str, kind: Kind) -> Snapshot | None:
    """The payment as its last operation of that kind left it, from the event that told of it; None while open.

    Read from there, since the payment may have been refunded by now, and a repeat gets the same bytes.
    """
    async with use(request, "uow").begin() as tx:
        operations = await tx.operations.of(payment_id)
        events = await tx.events.of(payment_id)
    asked = [op for op in operations if op.kind is kind and op.cause is Cause.REQUESTED]
    if not asked or asked[-1].settled_at is None:
        return None
    name = TOLD_BY.get((kind, asked[-1].status))
    told = [event for event in events if (event.name, event.created_at) == (name, asked[-1].settled_at)]
    shown: Snapshot | None = json.loads(told[-1].body)["data"]["payment"] if told else None
    return shown
