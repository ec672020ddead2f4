"""What a shopper's browser asks, without credentials: the id of an order or a payment is the capability."""

from starlette.requests import Request
from starlette.types import ASGIApp

from core.domain.errors import NotFound
from core.domain.idempotency import read_key
from core.domain.ids import ORDER, PAYMENT, is_id
from core.domain.json_text import to_json
from core.domain.payment import Payment
from core.domain.snapshot import Snapshot
from core.use_cases.keyed import Keyed
from entrypoints.api import bodies
from entrypoints.api.answers import NO_CONTENT, Answer, ok
from entrypoints.api.deps import header, use
from entrypoints.api.examples import PAYMENTS
from entrypoints.api.hub import PaymentHub
from entrypoints.api.idempotent import find_record, once, order_scope
from entrypoints.api.instrument import read_instrument
from entrypoints.api.owned import path_id
from entrypoints.api.public_view import SIGNED, of_public_order, of_public_payment, signature
from entrypoints.api.routing import Routes
from entrypoints.api.stream import ENDED, PaymentStream
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("Checkout")


@routes.public(
    "POST", "/api/v1/payments/public", 201, "PublicPayment",
    body=bodies.PAYMENT, examples=PAYMENTS, keyed=True, errors=(404,),
)  # fmt: skip
async def create_public_payment(request: Request) -> Answer:
    """Pay an order from the checkout page"""
    body = await read_body(request)
    order_id = body.get("order_id")
    scope = order_scope(order_id) if isinstance(order_id, str) and is_id(order_id, ORDER) else None

    async def act(keyed: Keyed[Payment] | None) -> Payment:
        wanted = validate(bodies.PAYMENT, body)
        instrument = await read_instrument(request, wanted, None)
        create = use(request, "create_payment")
        payment: Payment = await create(None, wanted.order_id, instrument, keyed=keyed)
        return payment

    # A card becomes a token before the block that looks the key up: a repeat must not leave another in the vault.
    return await once(request, scope, body, act, _created, looks="card" not in body)


@routes.public("GET", "/api/v1/payments/{id}/public", 200, "PublicPayment")
async def get_public_payment(request: Request) -> Answer:
    """Get a payment as its shopper may see it"""
    return ok(await _show(request, await _find(request)))


@routes.public(
    "GET", "/api/v1/payments/{id}/public/stream", 200, "PublicPayment",
    content_type="text/event-stream", others={204: None},
)  # fmt: skip
async def stream_public_payment(request: Request) -> ASGIApp:
    """Follow a payment as server-sent events

    One `payment` event now and one after each change, until it is authorized or has ended. A browser that
    connects again after that (`Last-Event-ID`) is told by 204 to stop.
    """
    payment = await _find(request)
    if payment.status in ENDED and header(request, b"last-event-id") == str(payment.version):
        return NO_CONTENT
    hub: PaymentHub = request.scope["app"].state.hub
    hub.check_room()
    return PaymentStream(hub, payment, lambda newer: _show(request, newer))


@routes.public("GET", "/api/v1/orders/{id}/public", 200, "PublicOrder")
async def get_public_order(request: Request) -> Answer:
    """Get an order as its shopper may see it"""
    id = path_id(request, ORDER, "Order")
    async with use(request, "uow").begin() as tx:
        order = await tx.orders.get(id)
        merchant = await tx.merchants.get(order.account.merchant_id)
    return ok(of_public_order(order, merchant))


@routes.public(
    "GET", "/api/v1/orders/{id}/public/payments/{idempotency_key:path}", 200, "PublicPayment", errors=(400,)
)
async def get_public_payment_by_key(request: Request) -> Answer:
    """Find the payment that the page began under that key, so that a reload resumes it"""
    id = path_id(request, ORDER, "Order")
    key = read_key(request.path_params["idempotency_key"])
    record = await find_record(request, order_scope(id), key)
    if record is None:
        raise NotFound("Payment")
    async with use(request, "uow").begin() as tx:
        payment = await tx.payments.get(record.resource_id)
    return ok(await _show(request, payment))


async def _find(request: Request) -> Payment:
    id = path_id(request, PAYMENT, "Payment")
    async with use(request, "uow").begin() as tx:
        payment: Payment = await tx.payments.get(id)
    return payment


async def _show(request: Request, payment: Payment) -> Snapshot:
    if payment.status not in SIGNED:
        return of_public_payment(payment)
    async with use(request, "uow").begin() as tx:
        merchant = await tx.merchants.get(payment.account.merchant_id)
    return of_public_payment(payment, signature(payment, merchant, use(request, "cipher")))


def _created(payment: Payment) -> tuple[int, str]:
    return 201, to_json(of_public_payment(payment))
