"""Orders: what a shopper is asked to pay."""

from starlette.requests import Request

from core.domain.ids import ORDER, PAYMENT
from core.domain.json_text import to_json
from core.domain.money import Money
from core.domain.order import Capture, Order
from core.domain.snapshot import of_order, of_payment
from core.use_cases.keyed import Keyed
from entrypoints.api import bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import ORDERS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.owned import find_owned, path_id
from entrypoints.api.paging import listed, read_page
from entrypoints.api.routing import Routes
from entrypoints.api.scopes import ANY
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate
from ports.queries import PaymentFilter

routes = Routes("Orders")
ItsKey = Keyed[Order] | None  # once: an annotation within a route is made anew at each request


@routes.merchant("POST", "/api/v1/orders", 201, "Order", body=bodies.ORDER, examples=ORDERS, keyed=True)
async def create_order(request: Request, caller: Caller) -> Answer:
    """Create an order

    An order is paid once, by one of up to ten payments. Without `expires_in` it never expires.
    """
    body = await read_body(request)

    async def act(keyed: ItsKey) -> Order:
        wanted = validate(bodies.ORDER, body)
        order: Order = await use(request, "create_order")(
            caller.account, Money(wanted.amount, wanted.currency), receipt=wanted.receipt, notes=wanted.notes,
            capture=Capture(wanted.capture), expires_in_s=wanted.expires_in, keyed=keyed,
        )  # fmt: skip
        return order

    return await once(request, merchant_scope(caller.account), body, act, _created, looks=True)


@routes.merchant("GET", "/api/v1/orders", 200, "OrderList", parameters=("page:order",))
async def list_orders(request: Request, caller: Caller) -> Answer:
    """List orders, newest first"""
    page = read_page(request, ORDER, "Order")
    found = await use(request, "queries").orders(caller.account, page)
    return ok(listed([of_order(order) for order in found.data], found.has_more))


@routes.merchant("GET", "/api/v1/orders/{id}", 200, "Order", scopes=ANY)
async def get_order(request: Request, caller: Caller) -> Answer:
    """Get an order"""
    return ok(of_order(await _find(request, caller)))


@routes.merchant(
    "GET", "/api/v1/orders/{id}/payments", 200, "PaymentList", scopes=ANY, parameters=("page:pay",)
)
async def list_payments_of_order(request: Request, caller: Caller) -> Answer:
    """List the attempts to pay an order, newest first"""
    order, page = await _find(request, caller), read_page(request, PAYMENT, "Payment")
    found = await use(request, "queries").payments(caller.account, page, PaymentFilter(order_id=order.id))
    return ok(listed([of_payment(payment) for payment in found.data], found.has_more))


async def _find(request: Request, caller: Caller) -> Order:
    id = path_id(request, ORDER, "Order")
    return await find_owned(request, caller, lambda tx: tx.orders, id, "Order")


def _created(order: Order) -> tuple[int, str]:
    return 201, to_json(of_order(order))
