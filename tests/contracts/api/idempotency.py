"""One key, one effect, one answer, as API.md has it."""

import asyncio
from typing import Any

import pytest

from config.container import Gateway
from core.domain.errors import KeyTaken, Unavailable
from core.domain.instrument import Card, CardToken
from tests.contracts.api.client import Api, Json, card, made, payment_of, refused
from tests.contracts.api.fixtures import Later, Work


async def test_fifty_at_once_make_one_payment_and_get_fifty_equal_answers(api: Api, work: Work):
    order = await api.order()
    body = payment_of(order)
    answers = await asyncio.gather(*(api.post("payments", body, key="k-50") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert len(made(await api.get("payments"))["data"]) == 1
    await work()
    late = await api.post("payments", body, key="k-50")
    assert (late.status_code, late.content) == (201, answers[0].content)
    assert late.headers["idempotent-replayed"] == "true"


async def test_fifty_at_once_from_the_page_too(api: Api):
    assert api.anonymous is not None
    order = await api.order()
    body = payment_of(order, card=card())
    answers = await asyncio.gather(*(api.anonymous.post("payments/public", body, key="k") for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}


async def test_every_post_that_creates_or_moves_money_keeps_its_answer(api: Api, held: Json, paid: Json):
    requests: list[tuple[str, Json | None]] = [
        ("orders", {"amount": 100}),
        (f"payments/{held['id']}/capture", {"amount": 50_000}),
        (f"payments/{paid['id']}/refunds", {"amount": 30_000}),
        ("webhook_endpoints", {"url": "https://shop.example"}),
    ]
    for place, (path, body) in enumerate(requests):
        first = await api.post(path, body, key=f"k-{place}")
        assert "idempotent-replayed" not in first.headers
        again = await api.post(path, body, key=f"k-{place}")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotent-replayed"] == "true"


async def test_a_void_is_repeated_without_a_body_or_with_an_empty_one(api: Api, held: Json, work: Work):
    first = await api.post(f"payments/{held['id']}/void", key="k")
    await work()
    again = await api.post(f"payments/{held['id']}/void", {}, key="k")
    assert (again.status_code, again.content) == (200, first.content)


async def test_twenty_refunds_under_one_key_are_one(api: Api, paid: Json, work: Work):
    path = f"payments/{paid['id']}/refunds"
    answers = await asyncio.gather(*(api.post(path, {"amount": 40_000}, key="k") for _ in range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    await work()
    assert (await api.see(paid))["amount_refunded"] == 40_000


async def test_the_same_key_with_another_request_is_refused(api: Api):
    order, other = await api.order(), await api.order()
    made(await api.post("payments", payment_of(order), key="k"), 201)
    others: list[tuple[str, Json]] = [
        ("payments", payment_of(other)),
        ("payments", payment_of(order, vpa="ravi@okbank")),
        ("payments", payment_of(order, note="more")),
        ("payments", {"nonsense": True}),
        ("orders", {"amount": 500}),
    ]
    for path, body in others:
        error = refused(
            await api.post(path, body, key="k"), 422, "IDEMPOTENCY_ERROR", "idempotency_key_reused"
        )
        assert "different request" in error["description"]


async def test_the_order_of_fields_and_the_cvv_do_not_make_another_request(api: Api):
    order = await api.order()
    first = await api.post("payments", payment_of(order, card=card(cvv="123")), key="k")
    made(first, 201)
    shuffled = dict(reversed(payment_of(order, card=dict(reversed(card(cvv="999").items()))).items()))
    assert (await api.post("payments", shuffled, key="k")).content == first.content
    another = payment_of(order, card=card("4111 1111 1111 1111"))
    refused(await api.post("payments", another, key="k"), 422, "IDEMPOTENCY_ERROR")


async def test_a_quoted_key_is_the_bare_one(api: Api):
    first = await api.post("orders", {"amount": 500}, key="k-1")
    assert (await api.post("orders", {"amount": 500}, key='"k-1"')).content == first.content


@pytest.mark.parametrize("key", ["", '""', "a b", "x" * 256, "\t", "a\x7f", "ä".encode()])
async def test_a_key_is_1_to_255_visible_characters(api: Api, key: Any):
    answer = await api.post("orders", {"amount": 500}, key=key)
    refused(answer, 400, "IDEMPOTENCY_ERROR", "invalid_idempotency_key")


async def test_keys_belong_to_a_merchant_and_mode(api: Api):
    assert api.live is not None
    assert api.other_merchant is not None
    ids = {
        made(await one.post("orders", {"amount": 500}, key="k"), 201)["id"]
        for one in (api, api.live, api.other_merchant)
    }
    assert len(ids) == 3
    refused(await api.get("idempotency_keys/other"), 404, "NOT_FOUND_ERROR", "idempotency_key_not_found")


async def test_a_repeat_gets_its_answer_before_validation_and_before_a_card_is_tokenized(
    api: Api, gateway: Gateway
):
    order = await api.order()
    soon_expired = payment_of(order, card=card())
    first = await api.post("payments", soon_expired, key="k")
    gateway.tokenizer.override(BrokenTokenizer())
    assert (await api.post("payments", soon_expired, key="k")).content == first.content
    refused(await api.post("payments", soon_expired, key="k-2"), 503, "SERVICE_UNAVAILABLE")


class BrokenTokenizer:
    """It must not be asked."""

    async def tokenize(self, card: Card) -> CardToken:
        raise Unavailable("tokenizer_away", "The tokenizer is away.")


async def test_a_refusal_is_not_kept(api: Api, work: Work):
    order = await api.order()
    refused(
        await api.post("payments", payment_of(order, vpa="wrong"), key="k"), 400, "INVALID_VPA", field="vpa"
    )
    made(await api.post("payments", payment_of(order), key="k"), 201)


async def test_a_refused_twin_gets_the_answer_of_the_one_that_succeeded(api: Api, gateway: Gateway):
    """The first look finds nothing, then a twin succeeds, then this one is refused."""
    order = await api.order()
    first: list[bytes] = []
    create = gateway.create_payment()

    async def create_late(*args: Any, **more: Any) -> Any:
        if not first:
            first.append(b"")
            first[0] = (await api.post("payments", payment_of(order), key="k")).content
        return await create(*args, **more)

    gateway.create_payment.override(create_late)
    late = await api.post("payments", payment_of(order), key="k")
    assert (late.status_code, late.content) == (201, first[0])
    assert late.headers["idempotent-replayed"] == "true"


async def test_what_is_away_is_waited_for_once_and_not_again_for_another_look(api: Api, gateway: Gateway):
    async def wait_in_vain(*args: Any, **more: Any) -> None:
        gateway.uow.override(NotToBeAsked())
        raise Unavailable("database_unavailable", "The database did not answer in time.")

    gateway.create_order.override(wait_in_vain)
    refused(await api.post("orders", {"amount": 500}, key="k"), 503, "SERVICE_UNAVAILABLE")


class NotToBeAsked:
    """A database that does not answer: each question costs the request another second and a half."""

    def begin(self) -> None:
        raise AssertionError("it is asked again")


async def test_a_key_that_stays_taken_without_a_record_is_a_conflict(api: Api, gateway: Gateway):
    async def take(*args: Any, **more: Any) -> None:
        raise KeyTaken

    gateway.create_order.override(take)
    answer = await api.post("orders", {"amount": 500}, key="k")
    refused(answer, 409, "CONFLICT_ERROR", "key_in_use")


async def test_a_key_is_new_after_a_day(api: Api, later: Later):
    first = made(await api.post("orders", {"amount": 500}, key="k"), 201)
    await later(24 * 3600 - 60)
    assert made(await api.post("orders", {"amount": 500}, key="k"), 201)["id"] == first["id"]
    await later(120)
    refused(await api.get("idempotency_keys/k"), 404, "NOT_FOUND_ERROR")
    assert made(await api.post("orders", {"amount": 700}, key="k"), 201)["id"] != first["id"]


async def test_what_became_of_a_key_can_be_asked(api: Api, later: Later):
    order = made(await api.post("orders", {"amount": 500}, key="basket/17"), 201)
    use = made(await api.get("idempotency_keys/basket%2F17"))
    assert use.keys() == {"key", "resource_id", "status_code", "response", "created_at", "expires_at"}
    assert (use["key"], use["resource_id"], use["status_code"]) == ("basket/17", order["id"], 201)
    assert use["response"] == order
    refused(await api.get("idempotency_keys/a%20b"), 400, "IDEMPOTENCY_ERROR")
