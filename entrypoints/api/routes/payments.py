"""Payments: the attempts to pay orders."""

from starlette.requests import Request

from core.domain.errors import Invalid, NotFound
from core.domain.ids import ORDER, PAYMENT, is_id
from core.domain.json_text import to_json
from core.domain.payment import Method, Payment, Status
from core.domain.snapshot import of_payment
from core.use_cases.keyed import Keyed
from entrypoints.api import bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import PAYMENTS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.instrument import read_instrument
from entrypoints.api.owned import find_payment, path_id
from entrypoints.api.paging import listed, read_page, read_time
from entrypoints.api.routing import Routes
from entrypoints.api.scopes import ANY, PAYING
from entrypoints.api.strict_json import read_body
from entrypoints.api.timeline import of_history
from entrypoints.api.validation import validate
from ports.queries import PaymentFilter

routes = Routes("Payments")
ItsKey = Keyed[Payment] | None  # once: an annotation within a route is made anew at each request
FILTERS = ("status", "order_id", "method", "created_from", "created_to")


@routes.merchant(
    "POST", "/api/v1/payments", 201, "Payment",
    scopes=PAYING, body=bodies.PAYMENT, examples=PAYMENTS, keyed=True, errors=(404,),
)  # fmt: skip
async def create_payment(request: Request, caller: Caller) -> Answer:
    """Pay an order

    Answered as soon as it is written, `pending`; its outcome comes as an event. A declined payment is not
    an error: its status is `failed`. The card's number and security code are never stored.
    """
    body = await read_body(request)

    async def act(keyed: ItsKey) -> Payment:
        wanted = validate(bodies.PAYMENT, body)
        instrument = await read_instrument(request, wanted, caller.account.mode)
        create = use(request, "create_payment")
        payment: Payment = await create(caller.account, wanted.order_id, instrument, keyed=keyed)
        return payment

    # A card becomes a token before the block that looks the key up: a repeat must not leave another in the vault.
    return await once(request, merchant_scope(caller.account), body, act, _created, looks="card" not in body)


@routes.merchant("GET", "/api/v1/payments", 200, "PaymentList", parameters=("page:pay", *FILTERS))
async def list_payments(request: Request, caller: Caller) -> Answer:
    """List payments, newest first"""
    page, only = read_page(request, PAYMENT, "Payment"), _filter(request)
    found = await use(request, "queries").payments(caller.account, page, only)
    return ok(listed([of_payment(payment) for payment in found.data], found.has_more))


@routes.merchant("GET", "/api/v1/payments/{id}", 200, "Payment", scopes=ANY)
async def get_payment(request: Request, caller: Caller) -> Answer:
    """Get a payment"""
    return ok(of_payment(await find_payment(request, caller)))


@routes.merchant("GET", "/api/v1/payments/{id}/timeline", 200, "Timeline")
async def get_timeline(request: Request, caller: Caller) -> Answer:
    """Get everything that happened to a payment, in order

    Requests, operations, the processor's answers, events, deliveries and their attempts.
    """
    id = path_id(request, PAYMENT, "Payment")
    history = await use(request, "queries").history(caller.account, id)
    if history is None:
        raise NotFound("Payment")
    return ok({"payment": of_payment(history.payment), "data": of_history(history)})


def _created(payment: Payment) -> tuple[int, str]:
    return 201, to_json(of_payment(payment))


def _filter(request: Request) -> PaymentFilter:
    """Raises Invalid."""
    query = request.query_params
    order_id = query.get("order_id")
    if order_id is not None and not is_id(order_id, ORDER):
        raise Invalid("invalid_parameter", "order_id must be the id of an order: order_…", field="order_id")
    return PaymentFilter(
        _choice(query.get("status"), "status", [*Status]),
        order_id,
        _choice(query.get("method"), "method", [*Method]),
        read_time(request, "created_from"),
        read_time(request, "created_to"),
    )


def _choice(value: str | None, field: str, choices: list[str]) -> str | None:
    if value is not None and value not in choices:
        raise Invalid("invalid_parameter", f"{field} must be one of {', '.join(choices)}.", field=field)
    return value
