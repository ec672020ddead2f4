"""What the demo does, step by step, each one checked."""

import asyncio
from collections.abc import Callable
from time import monotonic

from entrypoints.cli.demo.receiver import Receiver
from entrypoints.cli.demo.shop import LOOK_S, WITHIN_S, Document, Shop, expect

AMOUNT, CAPTURED, REFUNDED = 50_000, 30_000, 10_000
EVENTS_SHOWN = 100

Tell = Callable[[str], None]  # what has been done


async def tell_story(shop: Shop, receiver: Receiver, address: str, tell: Tell) -> Document:
    """Returns the payment that was captured and refunded in part. Raises Unexpected."""
    endpoint = await shop.post("webhook_endpoints", {"url": address})
    receiver.secret = endpoint["secret"]
    tell(f"Webhooks go to {address}")
    try:
        await _upi(shop, tell)
        await _card(shop, tell)
        await _declined(shop, tell)
        payment = await _captured_and_refunded(shop, tell)
        await _webhooks(shop, receiver, tell)
    finally:
        await shop.delete(f"webhook_endpoints/{endpoint['id']}")
    return payment


async def _upi(shop: Shop, tell: Tell) -> None:
    order_id = await shop.order(AMOUNT)
    payment = await shop.pay_by_upi(order_id, "asha@okbank")
    await _becomes(shop, payment, "success")
    order = await shop.until(f"orders/{order_id}", lambda order: order["status"] == "paid", "a paid order")
    expect(order["amount_paid"] == AMOUNT, f"amount_paid {AMOUNT}", order)
    tell(f"UPI: {payment['id']} approved, order {order_id} paid")


async def _card(shop: Shop, tell: Tell) -> None:
    payment = await shop.pay_by_card(await shop.order(AMOUNT), "4242 4242 4242 4242")
    seen = await _becomes(shop, payment, "success")
    expect((seen["card_network"], seen["card_last4"]) == ("visa", "4242"), "visa, 4242", seen)
    tell(f"Card: {payment['id']} approved")


async def _declined(shop: Shop, tell: Tell) -> None:
    payment = await shop.pay_by_card(await shop.order(AMOUNT), "4000 0000 0000 0002")
    seen = await _becomes(shop, payment, "failed")
    expect(seen["decline_code"] == "generic_decline", "decline_code generic_decline", seen)
    tell(f"Card: {payment['id']} declined, {seen['decline_code']}")


async def _captured_and_refunded(shop: Shop, tell: Tell) -> Document:
    order_id = await shop.order(AMOUNT, capture="manual")
    payment = await shop.pay_by_card(order_id, "5555 5555 5555 4444")
    path = f"payments/{payment['id']}"
    await _becomes(shop, payment, "authorized")
    tell(f"Manual capture: {payment['id']} authorized for {AMOUNT}")
    await shop.post(f"{path}/capture", {"amount": CAPTURED}, status=200, key=f"capture-{payment['id']}")
    seen = await _becomes(shop, payment, "success")
    expect(seen["amount_captured"] == CAPTURED, f"amount_captured {CAPTURED}", seen)
    tell(f"Captured {CAPTURED} of it")
    refund = await shop.post(f"{path}/refunds", {"amount": REFUNDED}, key=f"refund-{payment['id']}")
    await shop.until(
        f"refunds/{refund['id']}", lambda seen: seen["status"] == "processed", "a processed refund"
    )
    seen = await shop.get(path)
    expect(seen["amount_refunded"] == REFUNDED, f"amount_refunded {REFUNDED}", seen)
    tell(f"Refunded {REFUNDED} of that: {refund['id']}")
    return seen


async def _webhooks(shop: Shop, receiver: Receiver, tell: Tell) -> None:
    """Every event that there is has come, signed twice."""
    events = {event["id"] for event in (await shop.get("events", limit=EVENTS_SHOWN))["data"]}
    expect(bool(events), "events", events)
    deadline = monotonic() + WITHIN_S
    while missing := events - receiver.received.keys():
        expect(
            monotonic() < deadline, f"a webhook for each event within {WITHIN_S:.0f} s", f"none for {missing}"
        )
        await asyncio.sleep(LOOK_S)
    expect(not receiver.refused, "only genuine webhooks", receiver.refused)
    tell(f"{len(receiver.received)} webhooks received, both signatures of each verified")


async def _becomes(shop: Shop, payment: Document, status: str) -> Document:
    return await shop.until(
        f"payments/{payment['id']}", lambda seen: seen["status"] != "pending" and _is(seen, status), status
    )


def _is(seen: Document, status: str) -> bool:
    """Raises Unexpected when it will never be."""
    if seen["status"] in ("failed", "success", "voided"):
        expect(seen["status"] == status, f"status {status}", seen)
    return bool(seen["status"] == status)
