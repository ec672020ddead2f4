"""Orders, as API.md has them."""

import asyncio

import pytest

from core.domain.ids import is_id
from tests.contracts.api.client import Api, Json, card, made, refused
from tests.contracts.api.fixtures import Later, Work

ORDER = {
    "id", "merchant_id", "amount", "currency", "receipt", "notes", "status", "capture", "amount_paid",
    "expires_at", "created_at", "updated_at",
}  # fmt: skip


async def test_an_order_is_created_with_its_defaults(api: Api):
    order = made(await api.post("orders", {"amount": 50_000}), 201)
    assert order.keys() == ORDER
    assert is_id(order["id"], "order")
    assert order["merchant_id"] == api.merchant_id
    assert (order["amount"], order["currency"], order["status"]) == (50_000, "INR", "created")
    assert (order["capture"], order["amount_paid"]) == ("automatic", 0)
    assert (order["receipt"], order["notes"], order["expires_at"]) == (None, {}, None)
    assert order["created_at"] == order["updated_at"]
    assert order["created_at"].endswith("Z")


async def test_an_order_keeps_what_it_was_given(api: Api):
    given = {
        "amount": 100, "currency": "USD", "receipt": "r-1", "capture": "manual",
        "notes": {"basket_id": "b-17", "_x.y-z": "ü 你好 🙂"},
    }  # fmt: skip
    order = await api.order(**given, expires_in=3600)
    assert given.items() <= order.items()
    assert order["expires_at"] > order["created_at"]
    assert made(await api.get(f"orders/{order['id']}")) == order


async def test_unknown_fields_are_ignored_and_not_stored(api: Api):
    order = await api.order(colour="red", id="order_mine", status="paid")
    assert order.keys() == ORDER
    assert order["status"] == "created"


WRONG: list[tuple[Json, str]] = [
    ({}, "amount"),
    ({"amount": None}, "amount"),
    ({"amount": "500"}, "amount"),
    ({"amount": 500.0}, "amount"),
    ({"amount": 500.5}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": [500]}, "amount"),
    ({"amount": 99}, "amount"),
    ({"amount": 0}, "amount"),
    ({"amount": -500}, "amount"),
    ({"amount": 100_000_000_000}, "amount"),
    ({"amount": 10**30}, "amount"),
    ({"amount": 500, "currency": "inr"}, "currency"),
    ({"amount": 500, "currency": "ABC"}, "currency"),
    ({"amount": 500, "currency": "XAU"}, "currency"),
    ({"amount": 500, "currency": "DEM"}, "currency"),
    ({"amount": 500, "currency": 356}, "currency"),
    ({"amount": 500, "receipt": "x" * 256}, "receipt"),
    ({"amount": 500, "receipt": 7}, "receipt"),
    ({"amount": 500, "notes": []}, "notes"),
    ({"amount": 500, "notes": {f"n{i}": "x" for i in range(16)}}, "notes"),
    ({"amount": 500, "notes": {"a": 1}}, "notes.a"),
    ({"amount": 500, "notes": {"a": {"b": "c"}}}, "notes.a"),
    ({"amount": 500, "notes": {"a": "x" * 257}}, "notes.a"),
    ({"amount": 500, "notes": {"1a": "x"}}, "notes.1a"),
    ({"amount": 500, "notes": {"a b": "x"}}, "notes.a b"),
    ({"amount": 500, "notes": {"": "x"}}, "notes."),
    ({"amount": 500, "capture": "later"}, "capture"),
    ({"amount": 500, "expires_in": 0}, "expires_in"),
    ({"amount": 500, "expires_in": "60"}, "expires_in"),
    ({"amount": 500, "expires_in": 10**9}, "expires_in"),
]


async def test_a_wrong_field_is_named(api: Api):
    for body, field in WRONG:
        refused(await api.post("orders", body), 400, field=field)
    assert made(await api.get("orders"))["data"] == []


async def test_the_largest_amount_is_taken(api: Api):
    assert (await api.order(99_999_999_999))["amount"] == 99_999_999_999


async def test_orders_are_listed_newest_first_by_cursor(api: Api, later: Later):
    ids = []
    for _ in range(5):
        ids.append((await api.order())["id"])
        await later(1)
    ids.reverse()
    first = made(await api.get("orders", limit=2))
    assert [order["id"] for order in first["data"]] == ids[:2]
    assert first["has_more"] is True
    await api.order()  # a row inserted meanwhile moves nothing
    second = made(await api.get("orders", limit=3, starting_after=ids[1]))
    assert [order["id"] for order in second["data"]] == ids[2:]
    assert second["has_more"] is False
    back = made(await api.get("orders", limit=1, ending_before=ids[2]))
    assert [order["id"] for order in back["data"]] == [ids[1]]
    assert back["has_more"] is True


async def test_a_limit_is_1_to_100(api: Api):
    for limit in ("0", "101", "x", "", "1.5", "-1", "٣", "1e2"):
        refused(await api.get("orders", limit=limit), 400, field="limit")


async def test_a_list_has_ten_unless_told_otherwise(api: Api):
    await asyncio.gather(*(api.order() for _ in range(12)))
    assert len(made(await api.get("orders"))["data"]) == 10
    assert len(made(await api.get("orders", limit=100))["data"]) == 12


async def test_two_cursors_are_refused(api: Api):
    id = (await api.order())["id"]
    answer = await api.get("orders", starting_after=id, ending_before=id)
    refused(answer, 400, reason="two_cursors", field="ending_before")


@pytest.mark.parametrize("cursor", ["starting_after", "ending_before"])
async def test_a_cursor_that_does_not_exist_is_not_found(api: Api, cursor: str):
    for id in ("order_0000000000000000", "nonsense", "pay_0000000000000000", "order_\0"):
        refused(await api.get("orders", **{cursor: id}), 404, "NOT_FOUND_ERROR")


async def test_the_attempts_of_an_order_are_listed(api: Api, work: Work):
    order = await api.order()
    declined = await api.pay(order, card=card("4000 0000 0000 0002"))
    await work()
    approved = await api.pay(order)
    await work()
    await api.pay(await api.order())
    listed = made(await api.get(f"orders/{order['id']}/payments"))
    assert {payment["id"]: payment["status"] for payment in listed["data"]} == {
        approved["id"]: "success",
        declined["id"]: "failed",
    }
    assert made(await api.get(f"orders/{order['id']}"))["status"] == "paid"
    assert made(await api.get(f"orders/{order['id']}/payments", limit=1))["has_more"] is True


async def test_an_expired_order_takes_no_payment(api: Api, later: Later, work: Work):
    order = await api.order(expires_in=60)
    await later(61)
    body = {"order_id": order["id"], "method": "upi", "vpa": "a@b"}
    refused(await api.post("payments", body), 400, reason="order_expired", field="order_id")
    await work()
    assert made(await api.get(f"orders/{order['id']}"))["status"] == "expired"
