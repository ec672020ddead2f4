"""A card number belongs into card.number, and is refused wherever it would be kept."""

import pytest

from tests.contracts.api.client import Api, Json, card, made, payment_of, refused

NUMBER, SPACED = "5555555555554444", "5555 5555-5555 4444"
MISPLACED = "misplaced_card_number"


@pytest.mark.parametrize(
    "number", [NUMBER, SPACED, f"paid by {SPACED} 123", "\\u0035" + NUMBER[1:], "５" + NUMBER[1:]]
)
async def test_a_merchants_own_words_hold_none(api: Api, number: str):
    for body, field in (
        ('{"amount": 500, "receipt": "%s"}', "receipt"),
        ('{"amount": 500, "notes": {"a": "%s"}}', "notes.a"),
        ('{"amount": 500, "notes": {"%s": "a"}}', "notes"),
        ('{"amount": 500, "%s": 1}', None),
        ('{"amount": 500, "unknown": [{"b": ["%s"]}]}', "unknown.0.b.0"),
        ('{"amount": 500, "card": {"number": "%s"}, "receipt": "\\u00e4 %s"}', "receipt"),
        ('{"amount": 500, "card": {"number": "%s"}, "receipt": "%s"}', "receipt"),
        ('{"amount": 500, "card": {"number": "4242424242424242", "holder_name": "%s"}}', "card.holder_name"),
    ):
        answer = await api.raw("orders", body.replace("%s", number).encode())
        refused(answer, 400, "BAD_REQUEST_ERROR", MISPLACED, field)
        assert "5555" not in answer.text
    assert made(await api.get("orders"))["data"] == []


async def test_nor_do_other_texts(api: Api, paid: Json, endpoint: Json):
    for method, path, body, field in (
        ("POST", f"payments/{paid['id']}/refunds", {"amount": 100, "reason": NUMBER}, "reason"),
        ("PATCH", f"webhook_endpoints/{endpoint['id']}", {"description": SPACED}, "description"),
        ("PATCH", f"webhook_endpoints/{endpoint['id']}", {"url": f"https://shop.example/{NUMBER}"}, "url"),
        ("PATCH", "merchant", {"name": NUMBER}, "name"),
        ("POST", "payments", payment_of({"id": paid["order_id"]}, vpa=f"{NUMBER}@bank"), "vpa"),
        ("POST", "payments/public", {"order_id": paid["order_id"], "card_number": NUMBER}, "card_number"),
    ):
        refused(await api.send(method, path, json=body), 400, "BAD_REQUEST_ERROR", MISPLACED, field)


async def test_where_it_belongs_it_is_taken(api: Api):
    made(await api.post("payments", payment_of(await api.order(), card=card(SPACED))), 201)


async def test_an_idempotency_key_is_kept_and_so_holds_none(api: Api):
    for key in (NUMBER, f"order-{NUMBER}", f'"{NUMBER}"'):
        answer = await api.post("orders", {"amount": 500}, key=key)
        refused(answer, 400, "IDEMPOTENCY_ERROR", "invalid_idempotency_key")
        assert "5555" not in answer.text
    made(await api.post("orders", {"amount": 500}, key="1732345678901234"), 201)


async def test_a_request_id_is_logged_and_so_holds_none(api: Api):
    for given in (NUMBER, f"a-{NUMBER}"):
        answer = await api.send("GET", "merchant", headers={"X-Request-Id": given})
        assert answer.headers["x-request-id"].startswith("req_")


async def test_a_made_up_name_is_not_repeated(api: Api):
    answer = await api.raw("orders", b'{"amount": 500, "%s": 1, "%s": 1}' % ((NUMBER.encode(),) * 2))
    refused(answer, 400, "BAD_REQUEST_ERROR", "duplicate_field", "[card number]")
