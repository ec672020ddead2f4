"""The simulator's bank: the page at which a shopper approves a payment, or does not. Test mode only."""

from html import escape
from urllib.parse import parse_qs

from iso4217 import Currency
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.errors import NotFound, Refused
from core.domain.ids import OPERATION, is_id
from core.domain.merchant import Merchant
from core.domain.money import Money
from core.domain.payment import Payment
from entrypoints.api.deps import use
from entrypoints.checkout.assets import current, packed
from entrypoints.checkout.page import template
from entrypoints.checkout.policy import HEADERS, form_policy, may_embed, own_origins

HTML = "text/html; charset=utf-8"
MAX_BODY_BYTES = 1_000
APPROVE, DECLINE = "approve", "decline"


async def show(request: Request) -> Response:
    """Raises NotFound for what is no challenge of ours."""
    reference = request.path_params["reference"]
    choice = await use(request, "challenges").choice(reference)
    payment, merchant = await _asked(request, reference)
    return _page(request, payment, merchant, "chosen" if choice is not None else "open")


async def choose(request: Request) -> Response:
    """Keep the choice and send the browser back. Only the first choice counts."""
    reference = request.path_params["reference"]
    payment, merchant = await _asked(request, reference)
    choice = await _choice(request)
    try:
        if choice is not None:
            await use(request, "challenges").choose(reference, choice)
    except Refused:
        return _page(request, payment, merchant, "late")
    return RedirectResponse(f"../../checkout/3ds/return/{payment.id}", 303, HEADERS)


async def _asked(request: Request, reference: str) -> tuple[Payment, Merchant]:
    """Whose challenge it is: a reference ends with the operation that it answers."""
    id = OPERATION + "_" + reference.rpartition(f"_{OPERATION}_")[2]
    if not is_id(id, OPERATION):
        raise NotFound("Authentication")
    async with use(request, "uow").begin() as tx:
        operation = await tx.operations.get(id)
        payment = await tx.payments.get(operation.payment_id)
        return payment, await tx.merchants.get(payment.account.merchant_id)


async def _choice(request: Request) -> bool | None:
    """None for a form that is not ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    chosen = parse_qs(body.decode("latin-1")).get("choice", [""])[0]
    return {APPROVE: True, DECLINE: False}.get(chosen)


def _page(request: Request, payment: Payment, merchant: Merchant, state: str) -> Response:
    settings = use(request, "settings")
    ancestors = (*own_origins(settings), *may_embed(settings, merchant.checkout_origins))
    body = template("acs.html").substitute(
        css=f"../../checkout/assets/{current('page.css').hash}/page.css",
        merchant=escape(merchant.name),
        amount=amount(payment.amount),
        card=f"•••• {payment.card_last4 or ''}",
        state=state,
        approve=APPROVE,
        decline=DECLINE,
    )
    headers = HEADERS | {"Content-Security-Policy": form_policy(list(dict.fromkeys(ancestors)))}
    return packed(request, body.encode(), HTML, headers)


def amount(money: Money) -> str:
    """`INR 500.00`: as a bank's plain page writes it."""
    digits = Currency(money.currency).exponent or 0
    return f"{money.currency} {money.minor / 10**digits:,.{digits}f}"
