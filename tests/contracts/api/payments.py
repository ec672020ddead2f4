"""Payments, as API.md has them."""

import asyncio

import pytest

from config.container import Gateway
from core.domain.ids import is_id
from tests.contracts.api.client import Api, Json, card, made, payment_of, refused
from tests.contracts.api.fixtures import Later, Work

PAYMENT = {
    "id", "order_id", "amount", "currency", "method", "status", "captured", "amount_captured",
    "amount_refunded", "created_at", "updated_at",
}  # fmt: skip
ERROR = {"error_code", "error_description", "decline_code"}


async def test_a_upi_payment_is_pending_and_then_succeeds(api: Api, work: Work):
    order = await api.order()
    payment = made(await api.post("payments", payment_of(order)), 201)
    assert payment.keys() == PAYMENT | {"vpa"}
    assert is_id(payment["id"], "pay")
    assert (payment["order_id"], payment["amount"], payment["currency"]) == (order["id"], 50_000, "INR")
    assert (payment["method"], payment["status"], payment["vpa"]) == ("upi", "pending", "asha@okbank")
    assert (payment["captured"], payment["amount_captured"], payment["amount_refunded"]) == (False, 0, 0)
    assert await api.see(payment) == payment
    await work()
    paid = await api.see(payment)
    assert (paid["status"], paid["captured"], paid["amount_captured"]) == ("success", True, 50_000)
    assert made(await api.get(f"orders/{order['id']}"))["amount_paid"] == 50_000


async def test_a_card_payment_shows_network_and_last_four_only(api: Api, work: Work):
    payment = await api.pay(await api.order(), card=card("5555-5555 5555 4444"))
    assert payment.keys() == PAYMENT | {"card_network", "card_last4"}
    assert (payment["card_network"], payment["card_last4"]) == ("mastercard", "4444")
    await work()
    assert (await api.see(payment))["status"] == "success"


async def test_a_declined_payment_is_no_http_error(api: Api, work: Work):
    payment = await api.pay(await api.order(), card=card("4000 0000 0000 9995"))
    await work()
    failed = await api.see(payment)
    assert failed.keys() == PAYMENT | ERROR | {"card_network", "card_last4"}
    assert (failed["status"], failed["decline_code"]) == ("failed", "insufficient_funds")
    assert failed["error_code"] == "PAYMENT_FAILED"
    assert failed["error_description"]


async def test_a_challenge_shows_what_to_do_next(api: Api, work: Work):
    payment = await api.pay(await api.order(), card=card("4000 0027 6000 3184"))
    await work()
    waiting = await api.see(payment)
    assert waiting["status"] == "requires_action"
    assert waiting["next_action"].keys() == {"type", "url", "expires_at"}
    assert waiting["next_action"]["type"] == "redirect"


async def test_a_held_payment_says_until_when(held: Json):
    assert held.keys() == PAYMENT | {"card_network", "card_last4", "authorization_expires_at"}
    assert held["authorization_expires_at"] > held["created_at"]


WRONG_PAYMENTS: list[tuple[Json, str, str]] = [
    ({}, "BAD_REQUEST_ERROR", "method"),
    ({"method": "cash"}, "BAD_REQUEST_ERROR", "method"),
    ({"method": 1}, "BAD_REQUEST_ERROR", "method"),
    ({"method": "upi", "vpa": "a@b"}, "BAD_REQUEST_ERROR", "order_id"),
    ({"method": "upi", "vpa": "a@b", "order_id": 7}, "BAD_REQUEST_ERROR", "order_id"),
    ({"method": "upi", "order_id": "order_0000000000000000"}, "INVALID_VPA", "vpa"),
    ({"method": "card", "order_id": "order_0000000000000000"}, "INVALID_CARD", "card"),
    ({"method": "card", "order_id": "order_0000000000000000", "card": "4242"}, "INVALID_CARD", "card"),
]


async def test_a_wrong_payment_says_which_field(api: Api):
    for body, code, field in WRONG_PAYMENTS:
        refused(await api.post("payments", body), 400, code, field=field)


NO_ORDERS = ["order_0000000000000000", "nonsense", "", "pay_0000000000000000", "order_00000000000000é0"]


async def test_an_order_that_does_not_exist_cannot_be_paid(api: Api):
    for id in NO_ORDERS:
        for method in ({"vpa": "a@b"}, {"card": card()}):
            for path in ("payments", "payments/public"):
                answer = await api.post(path, payment_of({"id": id}, **method))
                error = refused(answer, 404, "NOT_FOUND_ERROR", "order_not_found")
                assert error["description"] == "Order not found"


async def test_upi_pays_rupees_at_once_only(api: Api):
    for more in ({"currency": "USD"}, {"capture": "manual"}):
        refused(await api.post("payments", payment_of(await api.order(**more))), 400, field="method")


async def test_a_second_payment_meanwhile_is_refused_with_the_first_ones_id(api: Api, work: Work):
    order = await api.order()
    first = await api.pay(order)
    answer = await api.post("payments", payment_of(order))
    error = refused(answer, 400, reason="payment_in_progress", field="order_id")
    assert error["payment_id"] == first["id"]
    await work()
    answer = await api.post("payments", payment_of(order))
    refused(answer, 400, reason="order_already_paid", field="order_id")


async def test_of_ten_payments_of_one_order_at_once_one_is_accepted(api: Api):
    order = await api.order()
    answers = await asyncio.gather(*(api.post("payments", payment_of(order)) for _ in range(10)))
    accepted = [answer for answer in answers if answer.status_code == 201]
    assert len(accepted) == 1
    for answer in answers:
        if answer is not accepted[0]:
            refused(answer, 400, reason="payment_in_progress", field="order_id")
    assert len(made(await api.get(f"orders/{order['id']}/payments"))["data"]) == 1


async def test_payments_are_listed_and_filtered(api: Api, work: Work, later: Later):
    first = await api.pay(await api.order(), vpa="fail@okbank")
    await work()
    await later(60)
    second = await api.pay(await api.order(), card=card())

    async def ids(**query: str) -> list[str]:
        return [row["id"] for row in made(await api.get("payments", **query))["data"]]

    assert await ids() == [second["id"], first["id"]]
    assert await ids(status="failed") == [first["id"]]
    assert await ids(status="voided") == []
    assert await ids(method="card") == [second["id"]]
    assert await ids(order_id=first["order_id"]) == [first["id"]]
    assert await ids(created_from=second["created_at"]) == [second["id"]]
    assert await ids(created_to=second["created_at"]) == [first["id"]]
    assert await ids(starting_after=second["id"]) == [first["id"]]


WRONG_FILTERS = [
    ("status", "paid"), ("method", "cash"), ("order_id", "nonsense"), ("order_id", "\0"),
    ("created_from", "yesterday"), ("created_from", "2026-01-01"), ("created_to", "2026-01-01T00:00:00"),
    ("created_to", "0001-01-01T00:00:00+23:59"), ("limit", "1000"),
]  # fmt: skip


async def test_a_wrong_filter_is_named(api: Api):
    for name, value in WRONG_FILTERS:
        refused(await api.get("payments", **{name: value}), 400, reason="invalid_parameter", field=name)


@pytest.mark.parametrize(
    "id", ["pay_0000000000000000", "nonsense", "order_0000000000000000", "pay_%00", "%F0%9F%99%82"]
)
async def test_a_payment_that_does_not_exist_is_not_found(api: Api, id: str):
    for path in ("", "/timeline", "/refunds"):
        error = refused(await api.get(f"payments/{id}{path}"), 404, "NOT_FOUND_ERROR", "payment_not_found")
        assert error["description"] == "Payment not found"


async def test_without_a_live_processor_a_live_payment_is_unavailable(api: Api, gateway: Gateway):
    assert api.live is not None
    gateway.live_processor.override(None)
    order = await api.live.order()
    for body in (payment_of(order), payment_of(order, card=card())):
        answer = await api.live.post("payments", body)
        refused(answer, 503, "SERVICE_UNAVAILABLE", "no_live_processor")
        assert int(answer.headers["retry-after"]) > 0


async def test_the_timeline_tells_everything_in_order(api: Api, endpoint: Json, paid: Json, work: Work):
    await api.post(f"payments/{paid['id']}/refunds", {"amount": 10_000, "reason": "a shirt"})
    await work()
    timeline = made(await api.get(f"payments/{paid['id']}/timeline"))
    assert timeline["payment"]["amount_refunded"] == 10_000
    entries = timeline["data"]
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    told = [(entry["type"], entry["name"]) for entry in entries]
    for name in ("create_payment", "refund"):
        assert ("request", name) in told
    for name in ("authorize", "refund"):
        assert told.index(("operation", name)) < told.index(("answer", name))
    events = [entry for entry in entries if entry["type"] == "event"]
    assert {event["sequence"] for event in events} == {1, 2, 3, 4, 5, 6}
    names = [event["name"] for event in events]
    assert names[:2] == ["payment.created", "payment.pending"]
    assert {"payment.success", "order.paid", "refund.created", "refund.processed"} == set(names[2:])
    attempts = [entry for entry in entries if entry["type"] == "attempt"]
    assert {attempt["name"] for attempt in attempts} == set(names)
    assert all(attempt["error"] for attempt in attempts)  # nobody listens there
