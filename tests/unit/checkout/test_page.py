"""What the server says with the payment page: status, headers, and nothing that is not escaped."""

import json
import re

import httpx2
import pytest

from config.container import Gateway
from tests.contracts.api.client import Api, Json

SHOP = "https://shop.example"


async def ask(api: Api, order_id: str, **query: str) -> httpx2.Response:
    return await api.client.get("/checkout", params={"order_id": order_id, **query})


def data(answer: httpx2.Response) -> Json:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    document: Json = json.loads(found[1])
    return document


def policy(answer: httpx2.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: values for name, _, values in parts}


async def test_the_policy_lets_nothing_else_in(api: Api) -> None:
    answer = await ask(api, (await api.order())["id"])
    assert answer.status_code == 200
    assert policy(answer) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "data:",
        "frame-src": "'self' https://pay.example",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "https://pay.example",  # the demo shop's, in development
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    for name, value in {
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }.items():
        assert answer.headers[name] == value
    assert not re.search(r"<script(?![^>]* (src|type)=)|<style| style=| on\w+=", answer.text)


async def test_registered_origins_may_embed_and_are_spoken_with(api: Api) -> None:
    await api.patch("merchant", {"checkout_origins": [SHOP]})
    order = await api.order()
    for origin, parent in ((SHOP, SHOP), ("https://evil.example", None), (SHOP + "/", None)):
        answer = await ask(api, order["id"], embedded="true", origin=origin)
        assert policy(answer)["frame-ancestors"] == f"{SHOP} https://pay.example"
        assert data(answer)["parent"] == parent
    assert data(await ask(api, order["id"], origin=SHOP))["parent"] is None  # not embedded


async def test_an_origin_cannot_break_out_of_the_header(api: Api, gateway: Gateway) -> None:
    """Not even one that came into the database past the API."""
    async with gateway.uow().begin() as tx:
        merchant = await tx.merchants.get(api.merchant_id)
        merchant.checkout_origins = ("https://a.example; script-src *", "*", "https://ok.example")
    answer = await ask(api, (await api.order())["id"])
    assert policy(answer)["frame-ancestors"] == "https://ok.example https://pay.example"
    assert policy(answer)["script-src"] == "'self'"


async def test_a_live_order_may_meet_any_bank(api: Api) -> None:
    assert api.live is not None
    answer = await ask(api, (await api.live.order())["id"])
    assert policy(answer)["frame-src"] == "https:"
    assert "Test mode" not in answer.text
    assert "Test mode" in (await ask(api, (await api.order())["id"])).text


async def test_names_are_escaped(api: Api) -> None:
    name = "</script><b>\"Tom\" & 'Co' ${x} {merchant}"
    await api.patch("merchant", {"name": name})
    answer = await ask(api, (await api.order())["id"])
    assert "<b>" not in answer.text
    assert data(answer)["order"]["merchant_name"] == name


async def test_return_addresses_are_the_registered_ones_exactly(api: Api) -> None:
    there = SHOP + "/thanks?x=1"
    await api.patch("merchant", {"return_urls": [there]})
    order = await api.order()
    answer = await ask(api, order["id"], return_url=there)
    assert (answer.status_code, data(answer)["return_url"]) == (200, there)
    for other in (there + "&y=2", SHOP, "javascript:alert(1)", SHOP + "/thanks"):
        answer = await ask(api, order["id"], return_url=other)
        assert (answer.status_code, data(answer)["return_url"], data(answer)["notice"]) == (400, None, "link")


@pytest.mark.parametrize("id", ["", "x", "order_0000000000000000", "order_" + "é" * 16, "order_x" * 99])
async def test_an_unknown_order(api: Api, id: str) -> None:
    answer = await ask(api, id)
    assert (answer.status_code, data(answer)["notice"], data(answer)["order"]) == (404, "unknown", None)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_key_must_be_the_orders_merchants(api: Api) -> None:
    assert api.other_merchant is not None and api.live is not None
    order = await api.order()
    assert (await ask(api, order["id"], key=api.credentials["X-Api-Key"])).status_code == 200
    for other in (api.other_merchant, api.live):
        assert (await ask(api, order["id"], key=other.credentials["X-Api-Key"])).status_code == 404


async def test_only_what_a_shopper_may_see(api: Api) -> None:
    order = await api.order(receipt="SECRET-RECEIPT", notes={"note": "SECRET-NOTE"})
    answer = await ask(api, order["id"])
    assert "SECRET" not in answer.text and api.merchant_id not in answer.text
    assert set(data(answer)["order"]) == {
        "id", "amount", "currency", "status", "merchant_name", "methods", "expires_at", "theme",
    }  # fmt: skip


async def test_it_speaks_the_readers_language(api: Api) -> None:
    order = await api.order()
    headers = {"Accept-Language": "fr-FR,hi;q=0.8,en;q=0.5"}
    hindi = await api.client.get("/checkout", params={"order_id": order["id"]}, headers=headers)
    assert (hindi.headers["content-language"], data(hindi)["locale"]) == ("hi", "hi-IN")
    assert '<html lang="hi" dir="ltr">' in hindi.text
    asked = await ask(api, order["id"], locale="en-US")
    assert (asked.headers["content-language"], data(asked)["locale"]) == ("en", "en-US")
    for nonsense in ("'><script>", "xx", "en_US", "e" * 999):
        assert data(await ask(api, order["id"], locale=nonsense))["locale"] == "en-IN"


async def test_it_is_small_and_compressed(api: Api) -> None:
    answer = await api.client.get(
        "/checkout", params={"order_id": (await api.order())["id"]}, headers={"Accept-Encoding": "gzip"}
    )
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 7_000


async def test_a_browser_can_fill_it_in_and_a_phone_shows_the_right_keys(api: Api) -> None:
    page = (await ask(api, (await api.order())["id"])).text
    for id, autocomplete, keys in (
        ("number", "cc-number", "numeric"),
        ("expiry", "cc-exp", "numeric"),
        ("cvv", "cc-csc", "numeric"),
        ("holder", "cc-name", None),
    ):
        field = re.search(rf'<input id="{id}"[^>]*>', page)
        assert field is not None
        assert f'autocomplete="{autocomplete}"' in field[0]
        assert keys is None or f'inputmode="{keys}"' in field[0]
        assert f'<label for="{id}">' in page
        assert f'aria-describedby="{id}-error' in field[0]
