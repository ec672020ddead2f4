"""The payment page, written out for one order."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from core.domain.merchant import Merchant, Mode
from core.domain.order import Order
from entrypoints.api.public_view import of_public_order
from entrypoints.checkout.assets import current
from entrypoints.checkout.wording import Wording

HERE = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Sale:
    """What is to be paid, and to whom."""

    order: Order
    merchant: Merchant


@dataclass(frozen=True, slots=True)
class Visit:
    """How the shopper came: `parent` is the shop's origin around us, `notice` why there is nothing to pay."""

    wording: Wording
    notice: str | None = None
    parent: str | None = None
    return_url: str | None = None
    expires_in_s: float | None = None


def render(sale: Sale | None, visit: Visit) -> bytes:
    """The whole page. Everything in it is escaped; the script's data is JSON that no tag can end."""
    merchant = sale.merchant.name if sale else ""
    words = {name: escape(text.replace("{merchant}", merchant)) for name, text in visit.wording.page.items()}
    test = sale is not None and sale.order.account.mode is Mode.TEST
    return (
        template("page.html")
        .substitute(
            words,
            lang=visit.wording.language,
            dir=visit.wording.direction,
            css=address("page.css"),
            js=address("page.js"),
            state="form" if visit.notice is None else "error",
            initial=escape(merchant[:1].upper()),
            merchant=escape(merchant),
            order_id=sale.order.id if sale else "",
            ending_heading="h2"
            if sale
            else "h1",  # without a sale there is no amount to be the first heading
            badge=f'<span class="badge">{words["test"]}</span>' if test else "",
            back_link=_back_link(visit.return_url, words["back"]),
            data=_data(sale, visit),
        )
        .encode()
    )


@cache
def address(name: str) -> str:
    """Relative to the page, so that a gateway below a path works as well."""
    return f"checkout/assets/{current(name).hash}/{name}"


@cache
def template(name: str) -> Template:
    return Template((HERE / name).read_text(encoding="utf-8"))


def _back_link(url: str | None, words: str) -> str:
    return f'<a class="link back" href="{escape(url)}">{words}</a>' if url else ""


def _data(sale: Sale | None, visit: Visit) -> str:
    data = {
        "order": of_public_order(sale.order, sale.merchant) if sale else None,
        "notice": visit.notice,
        "locale": visit.wording.locale,
        "expires_in_s": visit.expires_in_s,
        "parent": visit.parent,
        "return_url": visit.return_url,
        "words": visit.wording.say,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
