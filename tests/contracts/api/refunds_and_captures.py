"""Captures, voids and refunds, as API.md has them."""

import asyncio

import pytest

from core.domain.ids import is_id
from tests.contracts.api.client import Api, Json, card, made, refused
from tests.contracts.api.fixtures import Later, Work

WRONG_AMOUNTS: list[Json] = [
    {}, {"amount": None}, {"amount": "500"}, {"amount": 500.0}, {"amount": True}, {"amount": 0}, {"amount": -1},
    {"amount": 100_000_000_000},
]  # fmt: skip
REFUND = {"id", "payment_id", "amount", "currency", "reason", "status", "created_at"}


async def test_a_capture_is_pending_until_the_processor_has_answered(api: Api, held: Json, work: Work):
    asked = made(await api.post(f"payments/{held['id']}/capture", {"amount": 30_000}))
    assert (asked["status"], asked["pending_operation"]) == ("authorized", "capture")
    await work()
    captured = await api.see(held)
    assert (captured["status"], captured["amount_captured"], captured["captured"]) == (
        "success",
        30_000,
        True,
    )
    assert "pending_operation" not in captured
    assert made(await api.get(f"orders/{held['order_id']}"))["amount_paid"] == 30_000


async def test_a_capture_for_the_same_amount_again_changes_nothing(api: Api, held: Json, work: Work):
    await api.post(f"payments/{held['id']}/capture", {"amount": 30_000})
    await work()
    captured = await api.see(held)
    assert made(await api.post(f"payments/{held['id']}/capture", {"amount": 30_000})) == captured
    answer = await api.post(f"payments/{held['id']}/capture", {"amount": 29_999})
    error = refused(answer, 400, reason="payment_not_capturable")
    assert error["description"] == "Payment not in capturable state"


async def test_more_than_the_authorized_amount_cannot_be_captured(api: Api, held: Json):
    answer = await api.post(f"payments/{held['id']}/capture", {"amount": 50_001})
    refused(answer, 400, reason="capture_exceeds_authorized", field="amount")


async def test_one_operation_at_a_time(api: Api, held: Json):
    made(await api.post(f"payments/{held['id']}/capture", {"amount": 30_000}))
    for path, body in (("void", None), ("capture", {"amount": 20_000})):
        answer = await api.post(f"payments/{held['id']}/{path}", body)
        refused(answer, 400, reason="operation_in_progress")


async def test_a_void_lets_go(api: Api, held: Json, work: Work):
    asked = made(await api.post(f"payments/{held['id']}/void"))
    assert (asked["status"], asked["pending_operation"]) == ("authorized", "void")
    await work()
    assert (await api.see(held))["status"] == "voided"
    answer = await api.post(f"payments/{held['id']}/capture", {"amount": 50_000})
    refused(answer, 400, reason="payment_not_capturable")
    refused(await api.post(f"payments/{held['id']}/void", {}), 400, reason="payment_not_voidable")


async def test_amounts_are_integers_from_one(api: Api, held: Json):
    for body in WRONG_AMOUNTS:
        for path in ("capture", "refunds"):
            refused(await api.post(f"payments/{held['id']}/{path}", body), 400, field="amount")


@pytest.mark.parametrize("operation", ["capture", "void"])
async def test_who_prefers_to_wait_gets_the_outcome(api: Api, held: Json, work: Work, operation: str):
    path, body = f"payments/{held['id']}/{operation}", {"amount": 50_000}
    headers = {"Prefer": "respond-async, wait=5", "Idempotency-Key": "k"}
    waiting = asyncio.create_task(api.post(path, body, headers=headers))
    for _ in range(50):
        await asyncio.sleep(0.01)
        if "pending_operation" in await api.see(held):
            break
    assert not waiting.done()
    await work()
    answer = await waiting
    assert answer.headers["preference-applied"] == "wait=5"
    left = made(answer)
    assert left == await api.see(held)
    assert left["status"] == ("success" if operation == "capture" else "voided")
    if operation == "capture":
        await api.post(f"payments/{held['id']}/refunds", {"amount": 10_000})
        await work()
    repeat = await api.post(path, body, headers=headers)
    assert repeat.content == answer.content
    assert repeat.headers["idempotent-replayed"] == "true"


async def test_who_waits_in_vain_is_told_that_it_is_pending(api: Api, held: Json):
    answer = await api.send("POST", f"payments/{held['id']}/void", headers={"Prefer": "wait=1"})
    assert made(answer)["pending_operation"] == "void"


async def test_a_refund_is_pending_and_then_processed(api: Api, paid: Json, work: Work):
    body = {"amount": 20_000, "reason": "One shirt returned"}
    refund = made(await api.post(f"payments/{paid['id']}/refunds", body), 201)
    assert refund.keys() == REFUND
    assert is_id(refund["id"], "rfnd")
    assert body.items() <= refund.items()
    assert (refund["payment_id"], refund["currency"], refund["status"]) == (paid["id"], "INR", "pending")
    shown = made(await api.get(f"refunds/{refund['id']}"))
    assert shown == refund | {"processed_at": None}
    await work()
    shown = made(await api.get(f"refunds/{refund['id']}"))
    assert (shown["status"], shown["processed_at"] >= refund["created_at"]) == ("processed", True)
    payment = await api.see(paid)
    assert (payment["status"], payment["amount_refunded"]) == ("success", 20_000)


async def test_refunds_in_parts_until_nothing_is_left(api: Api, paid: Json, work: Work, later: Later):
    made(await api.post(f"payments/{paid['id']}/refunds", {"amount": 30_000}), 201)
    answer = await api.post(f"payments/{paid['id']}/refunds", {"amount": 20_001})
    error = refused(answer, 400, reason="refund_exceeds_available", field="amount")
    assert error["description"] == "Refund amount exceeds available amount"
    await later(1)
    made(await api.post(f"payments/{paid['id']}/refunds", {"amount": 20_000}), 201)
    await work()
    assert (await api.see(paid))["amount_refunded"] == 50_000
    listed = made(await api.get(f"payments/{paid['id']}/refunds"))
    assert [refund["amount"] for refund in listed["data"]] == [20_000, 30_000]
    assert listed["has_more"] is False


async def test_a_capture_that_fails_leaves_the_money_held(api: Api, work: Work):
    payment = await api.pay(await api.order(capture="manual"), card=card("4000 0000 0000 5134"))
    await work()
    made(await api.post(f"payments/{payment['id']}/capture", {"amount": 50_000}))
    await work()
    seen = await api.see(payment)
    assert (seen["status"], seen["amount_captured"]) == ("authorized", 0)
    assert "pending_operation" not in seen
    made(await api.post(f"payments/{payment['id']}/void"))
    await work()
    assert (await api.see(payment))["status"] == "voided"


async def test_a_refund_that_fails_gives_its_reservation_back(api: Api, work: Work):
    payment = await api.pay(await api.order(), card=card("4000 0000 0000 5126"))
    await work()
    refund = made(await api.post(f"payments/{payment['id']}/refunds", {"amount": 50_000}), 201)
    await work()
    assert made(await api.get(f"refunds/{refund['id']}"))["status"] == "failed"
    assert (await api.see(payment))["amount_refunded"] == 0
    made(await api.post(f"payments/{payment['id']}/refunds", {"amount": 50_000}), 201)


async def test_of_twenty_refunds_at_once_as_many_pass_as_fit(api: Api, paid: Json, work: Work):
    path = f"payments/{paid['id']}/refunds"
    answers = await asyncio.gather(*(api.post(path, {"amount": 12_000}) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [400] * 16
    for answer in answers:
        if answer.status_code == 400:
            refused(answer, 400, reason="refund_exceeds_available", field="amount")
    await work()
    assert (await api.see(paid))["amount_refunded"] == 48_000


async def test_only_a_success_is_refunded(api: Api, held: Json):
    answer = await api.post(f"payments/{held['id']}/refunds", {"amount": 1})
    refused(answer, 400, reason="payment_not_refundable")


async def test_a_reason_is_short_text(api: Api, paid: Json):
    for reason in ("x" * 256, 7):
        answer = await api.post(f"payments/{paid['id']}/refunds", {"amount": 1, "reason": reason})
        refused(answer, 400, field="reason")


@pytest.mark.parametrize("id", ["rfnd_0000000000000000", "op_0000000000000000", "nonsense"])
async def test_a_refund_that_does_not_exist_is_not_found(api: Api, id: str):
    error = refused(await api.get(f"refunds/{id}"), 404, "NOT_FOUND_ERROR", "refund_not_found")
    assert error["description"] == "Refund not found"
