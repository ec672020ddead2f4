"""The page at which a shopper pays, and the files that it and the shop load."""

from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.domain.errors import NotFound, Unavailable
from core.domain.ids import ORDER, is_id
from core.domain.merchant import Mode
from core.domain.order import OrderStatus
from entrypoints.api.deps import use
from entrypoints.api.limits import limited
from entrypoints.checkout import acs
from entrypoints.checkout.assets import FOR_EVER, FOR_MINUTES, current, packed, versions
from entrypoints.checkout.page import Sale, Visit, address, render
from entrypoints.checkout.policy import HEADERS, may_embed, own_origins, page_policy
from entrypoints.checkout.wording import choose

HTML = "text/html; charset=utf-8"
STATUS = {"unknown": 404, "away": 503, "link": 400}  # of what else there is to say, 200
ANYBODY = ("*",)  # may frame a page that says "not found": nothing on it can be clicked away


async def checkout(request: Request) -> Response:
    """The payment page for `order_id`; within a shop's modal when `embedded`, otherwise on its own."""
    query, settings = request.query_params, use(request, "settings")
    sale, notice = await _look_up(request)
    wording = choose(
        query.get("locale"),
        request.headers.get("accept-language", ""),
        sale.order.amount.currency if sale else None,
    )
    registered = may_embed(settings, sale.merchant.checkout_origins) if sale else []
    parent = query.get("origin") if query.get("embedded") == "true" else None
    if sale is not None and parent not in registered:
        parent = None
    return_url = query.get("return_url")
    if sale is not None and return_url and return_url not in _return_urls(request, sale):
        notice, return_url = "link", None
    visit = Visit(
        wording, notice, parent, None if sale is None or parent else return_url, _seconds_left(request, sale)
    )  # fmt: skip
    frames = _bank_frames(request, sale)
    headers = HEADERS | {
        "Content-Security-Policy": page_policy(registered if sale else ANYBODY, frames),
        "Content-Language": wording.language,
        # A slow phone asks for both before it has read the page.
        "Link": f"<{address('page.css')}>; rel=preload; as=style, <{address('page.js')}>; rel=preload; as=script",
        "Vary": "Accept-Encoding, Accept-Language",
    }
    if notice == "away":
        headers["Retry-After"] = "1"
    body = render(sale, visit)
    return packed(request, body, HTML, headers, status=STATUS.get(notice or "", 200))


async def _look_up(request: Request) -> tuple[Sale | None, str | None]:
    """The sale, and why it cannot be paid if so. A key of another merchant finds nothing."""
    order_id, key_id = request.query_params.get("order_id", ""), request.query_params.get("key")
    if not is_id(order_id, ORDER):
        return None, "unknown"
    try:
        async with use(request, "uow").begin() as tx:
            order = await tx.orders.get(order_id)
            merchant = await tx.merchants.get(order.account.merchant_id)
            key = await tx.api_keys.find(key_id) if key_id else None
    except NotFound:
        return None, "unknown"
    except Unavailable:
        return None, "away"
    if key_id and (key is None or key.account != order.account):
        return None, "unknown"
    if order.status is OrderStatus.PAID:
        return Sale(order, merchant), "paid"
    is_over = order.status is OrderStatus.EXPIRED or order.is_past(use(request, "clock")())
    return Sale(order, merchant), "expired" if is_over else None


def _seconds_left(request: Request, sale: Sale | None) -> float | None:
    if sale is None or sale.order.expires_at is None:
        return None
    now: datetime = use(request, "clock")()
    return max(0.0, (sale.order.expires_at - now).total_seconds())


def _return_urls(request: Request, sale: Sale) -> Sequence[str]:
    """The registered ones, exactly; in development also the demo shop."""
    settings = use(request, "settings")
    demo = [f"{origin}/demo" for origin in own_origins(settings)] if settings.is_development else []
    return (*sale.merchant.return_urls, *demo)


def _bank_frames(request: Request, sale: Sale | None) -> Sequence[str]:
    """A real bank's page may be anywhere; the simulator's is ours."""
    if sale is None:
        return ()
    if sale.order.account.mode is Mode.LIVE:
        return ("https:",)
    return ("'self'", *own_origins(use(request, "settings")))


async def script(request: Request) -> Response:
    """`checkout.js` as it is now."""
    return current("checkout.js").answer(request, FOR_MINUTES)


async def pinned_script(request: Request) -> Response:
    """`checkout.js` as it will always be at this address."""
    asset = versions().get(request.path_params["hash"])
    if asset is None:
        raise NotFound("Version of checkout.js")
    return asset.answer(request, FOR_EVER)


async def integrity(request: Request) -> Response:
    """Where the current build stays for ever, and the hash by which a browser knows it."""
    asset = current("checkout.js")
    base = use(request, "settings").public_url.rstrip("/")
    shown = {"url": f"{base}/checkout/v/{asset.hash}/checkout.js", "integrity": asset.integrity}
    headers = {"Cache-Control": FOR_MINUTES, "Access-Control-Allow-Origin": "*"}
    return JSONResponse(shown, headers=headers)


async def page_asset(request: Request) -> Response:
    """The page's script or style sheet, by its content."""
    name, hash = request.path_params["name"], request.path_params["hash"]
    if name not in ("page.js", "page.css") or current(name).hash != hash:
        raise NotFound("File")
    return current(name).answer(request, FOR_EVER)


routes = [
    Route("/checkout", limited(checkout)),
    Route("/checkout.js", script),
    Route("/checkout.js.json", integrity),
    Route("/checkout/v/{hash}/checkout.js", pinned_script),
    Route("/checkout/assets/{hash}/{name}", page_asset),
    Route("/simulator/acs/{reference}", limited(acs.show)),
    Route("/simulator/acs/{reference}", limited(acs.choose), methods=["POST"]),
]
