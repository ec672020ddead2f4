"""What a merchant asks of a payment: capture, void, refund."""

from starlette.requests import Request

from core.domain.errors import NotFound
from core.domain.ids import PAYMENT, REFUND
from core.domain.json_text import to_json
from core.domain.operation import Kind, Operation
from core.domain.snapshot import Snapshot, of_payment, of_refund
from core.use_cases.keyed import Keyed
from core.use_cases.request_operation import Requested
from entrypoints.api import bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import AMOUNTS, REFUNDS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.owned import find_owned, find_payment, path_id
from entrypoints.api.paging import listed, read_page
from entrypoints.api.preference import after_waiting
from entrypoints.api.routing import Routes
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("Payments")
refunds = Routes("Refunds")


@routes.merchant(
    "POST", "/api/v1/payments/{id}/capture", 200, "Payment",
    body=bodies.AMOUNT, examples=AMOUNTS, parameters=("prefer",), keyed=True,
)  # fmt: skip
async def capture_payment(request: Request, caller: Caller) -> Answer:
    """Capture an authorized payment

    Once, up to the authorized amount; the rest is released. The answer shows `pending_operation` until the
    processor has answered. Captured for that amount before: answered unchanged.
    """
    body = await read_body(request)

    async def act(keyed: Keyed[Requested] | None) -> Requested:
        amount = validate(bodies.AMOUNT, body).amount
        return await _request(request, caller, Kind.CAPTURE, amount, keyed)

    answer = await once(request, merchant_scope(caller.account), body, act, _payment, looks=True)
    return await after_waiting(request, Kind.CAPTURE, answer)


@routes.merchant(
    "POST", "/api/v1/payments/{id}/void", 200, "Payment",
    parameters=("prefer",), keyed=True, errors=(400, 413, 415),
)  # fmt: skip
async def void_payment(request: Request, caller: Caller) -> Answer:
    """Let go of an authorization

    The answer shows `pending_operation` until the processor has answered. No body is needed.
    """
    body = await read_body(request, optional=True)

    async def act(keyed: Keyed[Requested] | None) -> Requested:
        return await _request(request, caller, Kind.VOID, None, keyed)

    answer = await once(request, merchant_scope(caller.account), body, act, _payment, looks=True)
    return await after_waiting(request, Kind.VOID, answer)


@refunds.merchant(
    "POST", "/api/v1/payments/{id}/refunds", 201, "NewRefund",
    body=bodies.REFUND, examples=REFUNDS, keyed=True,
)  # fmt: skip
async def create_refund(request: Request, caller: Caller) -> Answer:
    """Refund a payment, in full or in part

    As often as something is left to refund. Answered `pending`; its outcome comes as an event.
    """
    body = await read_body(request)

    async def act(keyed: Keyed[Requested] | None) -> Requested:
        wanted = validate(bodies.REFUND, body)
        return await _request(request, caller, Kind.REFUND, wanted.amount, keyed, wanted.reason)

    return await once(request, merchant_scope(caller.account), body, act, _refund, looks=True)


@refunds.merchant("GET", "/api/v1/payments/{id}/refunds", 200, "RefundList", parameters=("page:rfnd",))
async def list_refunds(request: Request, caller: Caller) -> Answer:
    """List the refunds of a payment, newest first"""
    payment, page = await find_payment(request, caller), read_page(request, REFUND, "Refund")
    found = await use(request, "queries").refunds(caller.account, payment.id, page)
    return ok(listed([of_refund(refund) for refund in found.data], found.has_more))


@refunds.merchant("GET", "/api/v1/refunds/{id}", 200, "Refund")
async def get_refund(request: Request, caller: Caller) -> Answer:
    """Get a refund"""
    id = path_id(request, REFUND, "Refund")
    refund: Operation = await find_owned(request, caller, lambda tx: tx.operations, id, "Refund")
    if not refund.is_refund:
        raise NotFound("Refund")
    return ok(of_refund(refund))


async def _request(
    request: Request, caller: Caller, kind: Kind, amount: int | None, keyed: Keyed[Requested] | None,
    reason: str | None = None,
) -> Requested:  # fmt: skip
    id = path_id(request, PAYMENT, "Payment")
    made: Requested = await use(request, "request_operation")(
        caller.account, caller.key_id, id, kind, amount, reason=reason, keyed=keyed
    )
    return made


def _payment(made: Requested) -> tuple[int, str]:
    return 200, to_json(of_payment(made.payment))


def _refund(made: Requested) -> tuple[int, str]:
    assert made.operation is not None
    shown: Snapshot = of_refund(made.operation)
    del shown["processed_at"]
    return 201, to_json(shown)
