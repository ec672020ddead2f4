"""What a shopper's browser may do and see, as API.md has it."""

import asyncio
import hashlib
import hmac
import json

import httpx2
import pytest

from config.container import Gateway
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, Json, card, made, payment_of, refused
from tests.contracts.api.fixtures import Work

ORDER = {"id", "amount", "currency", "status", "merchant_name", "methods", "expires_at", "theme"}
PAYMENT = {"id", "order_id", "amount", "currency", "method", "status"}
ERROR = {"error_code", "error_description", "decline_code"}


@pytest.fixture
def shopper(api: Api) -> Api:
    assert api.anonymous is not None
    return api.anonymous


async def test_an_order_shows_what_the_page_needs_and_no_more(api: Api, shopper: Api):
    await api.patch("merchant", {"theme": {"color": "#0b7a75"}})
    order = await api.order(receipt="secret", notes={"a": "secret"})
    shown = made(await shopper.get(f"orders/{order['id']}/public"))
    assert shown.keys() == ORDER
    assert (shown["merchant_name"], shown["methods"]) == ("Acme Stores", ["upi", "card"])
    assert shown["theme"] == {"color": "#0b7a75"}


async def test_upi_is_offered_only_where_it_can_pay(api: Api, shopper: Api):
    for more in ({"currency": "USD"}, {"capture": "manual"}):
        order = await api.order(**more)
        assert made(await shopper.get(f"orders/{order['id']}/public"))["methods"] == ["card"]


async def test_the_order_id_is_the_capability_to_pay(api: Api, shopper: Api, work: Work):
    order = await api.order()
    payment = made(await shopper.post("payments/public", payment_of(order)), 201)
    assert payment.keys() == PAYMENT
    path = f"payments/{payment['id']}/public"
    assert made(await shopper.get(path)) == payment
    await work()
    paid = made(await shopper.get(path))
    assert paid.keys() == PAYMENT | {"signature"}
    signed = f"{order['id']}|{payment['id']}".encode()
    assert paid["signature"] == hmac.new(api.signing_secret.encode(), signed, hashlib.sha256).hexdigest()


async def test_an_authorized_payment_is_signed_too(api: Api, shopper: Api, held: Json):
    assert "signature" in made(await shopper.get(f"payments/{held['id']}/public"))


async def test_a_declined_payment_says_why(api: Api, shopper: Api, work: Work):
    body = payment_of(await api.order(), card=card("4000 0000 0000 0002"))
    payment = made(await shopper.post("payments/public", body), 201)
    await work()
    shown = made(await shopper.get(f"payments/{payment['id']}/public"))
    assert shown.keys() == PAYMENT | ERROR
    assert shown["decline_code"] == "generic_decline"


async def test_the_refusal_of_a_second_payment_does_not_name_the_first(api: Api, shopper: Api):
    order = await api.order()
    await api.pay(order)
    error = refused(
        await shopper.post("payments/public", payment_of(order)),
        400,
        reason="payment_in_progress",
        field="order_id",
    )
    assert "payment_id" not in error


async def test_a_reload_finds_the_attempt_by_its_key(api: Api, shopper: Api, work: Work):
    order = await api.order()
    payment = made(
        await shopper.post("payments/public", payment_of(order), key="a/b c".replace(" ", "")), 201
    )
    path = f"orders/{order['id']}/public/payments"
    assert made(await shopper.get(f"{path}/a%2Fbc")) == payment
    await work()
    assert made(await shopper.get(f"{path}/a/bc"))["status"] == "success"
    refused(await shopper.get(f"{path}/another"), 404, "NOT_FOUND_ERROR", "payment_not_found")
    refused(await shopper.get(f"{path}/%C3%A4"), 400, "IDEMPOTENCY_ERROR", "invalid_idempotency_key")
    other = await api.order()
    refused(await shopper.get(f"orders/{other['id']}/public/payments/a%2Fbc"), 404, "NOT_FOUND_ERROR")


async def test_a_merchants_key_is_not_the_pages(api: Api, shopper: Api):
    order = await api.order()
    made(await api.post("payments", payment_of(order), key="k"), 201)
    refused(await shopper.get(f"orders/{order['id']}/public/payments/k"), 404, "NOT_FOUND_ERROR")


@pytest.mark.parametrize(
    "path",
    [
        "orders/order_0000000000000000/public", "orders/nonsense/public", "payments/nonsense/public",
        "payments/pay_0000000000000000/public", "payments/pay_0000000000000000/public/stream",
        "orders/nonsense/public/payments/k", "/checkout/3ds/return/pay_0000000000000000",
        "/checkout/3ds/return/nonsense",
    ],
)  # fmt: skip
async def test_what_does_not_exist_is_not_found(shopper: Api, path: str):
    refused(await shopper.get(path), 404, "NOT_FOUND_ERROR")


async def test_the_return_from_the_bank_is_believed_in_nothing_and_asks_the_processor(
    api: Api, shopper: Api, work: Work, gateway: Gateway
):
    payment = await api.pay(await api.order(), card=card("4000 0027 6000 3184"))
    await work()
    back = f"/checkout/3ds/return/{payment['id']}"
    page = await shopper.get(back, result="approved")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>" in page.text
    assert (await api.see(payment))["status"] == "pending"
    await work()
    challenged = await api.see(payment)
    assert challenged["status"] == "requires_action"  # nothing was chosen at the bank's
    reference = challenged["next_action"]["url"].rpartition("/")[2]
    await gateway.challenges().choose(reference, True)
    await shopper.get(back)
    await work()
    assert (await api.see(payment))["status"] == "success"
    assert (await shopper.get(back)).status_code == 200
    assert (await api.see(payment))["status"] == "success"


def events(answer: httpx2.Response) -> list[Json]:
    lines = answer.text.splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def test_the_stream_follows_a_payment_to_its_end(api: Api, shopper: Api, work: Work):
    payment = await api.pay(await api.order())
    path = f"payments/{payment['id']}/public/stream"
    followers = [asyncio.create_task(shopper.get(path)) for _ in range(20)]
    await asyncio.sleep(0.05)
    await work()
    for answer in await asyncio.gather(*followers):
        assert answer.headers["content-type"].startswith("text/event-stream")
        seen = events(answer)
        assert [event["status"] for event in seen] == ["pending", "success"]
        assert seen[0].keys() == PAYMENT
        assert seen[-1] == made(await shopper.get(f"payments/{payment['id']}/public"))


async def test_the_stream_of_a_payment_that_has_ended_says_so_once(api: Api, shopper: Api, paid: Json):
    path = f"payments/{paid['id']}/public/stream"
    answer = await shopper.get(path)
    assert [event["status"] for event in events(answer)] == ["success"]
    last = next(line for line in answer.text.splitlines() if line.startswith("id: ")).removeprefix("id: ")
    again = await shopper.send("GET", path, headers={"Last-Event-ID": last})
    assert (again.status_code, again.content) == (204, b"")


async def test_a_stream_ends_when_its_server_is_told_to_stop(api: Api, gateway: Gateway):
    app = create_app(gateway)
    payment = await api.pay(await api.order())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway") as client:
        following = asyncio.create_task(client.get(f"/api/v1/payments/{payment['id']}/public/stream"))
        await asyncio.sleep(0.05)
        app.state.hub.close()
        answer = await asyncio.wait_for(following, 1)
    assert [event["status"] for event in events(answer)] == ["pending"]
