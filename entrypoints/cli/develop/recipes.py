"""How a merchant makes each event happen, with the simulator's test instruments; or why none can."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from entrypoints.cli.demo.shop import Document, Shop, Unexpected, expect

AMOUNT = 50_000
UPI = "asha@okbank"
APPROVED, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
THREE_D_SECURE = "4000 0027 6000 3184"
REFUND_FAILS, CAPTURE_FAILS = "4000 0000 0000 5126", "4000 0000 0000 5134"


@dataclass(frozen=True)
class Recipe:
    """`make` begins what the event will tell of, and returns the id of its subject; none if its name says enough."""

    how: str
    make: Callable[[Shop], Awaitable[str | None]]


async def _upi(shop: Shop) -> str:
    return str((await shop.pay_by_upi(await shop.order(AMOUNT), UPI))["id"])


def _card(number: str) -> Callable[[Shop], Awaitable[str]]:
    async def make(shop: Shop) -> str:
        return str((await shop.pay_by_card(await shop.order(AMOUNT), number))["id"])

    return make


async def _order(shop: Shop) -> str:
    order_id = await shop.order(AMOUNT)
    await shop.pay_by_upi(order_id, UPI)
    return order_id


async def _hold(shop: Shop, number: str = APPROVED) -> str:
    order_id = await shop.order(AMOUNT, capture="manual")
    return str((await shop.pay_by_card(order_id, number))["id"])


async def _capture_failed(shop: Shop) -> str:
    payment_id = await _hold(shop, CAPTURE_FAILS)
    await _becomes(shop, payment_id, "authorized")
    await shop.post(f"payments/{payment_id}/capture", {"amount": AMOUNT}, status=200)
    return payment_id


async def _void(shop: Shop) -> str:
    payment_id = await _hold(shop)
    await _becomes(shop, payment_id, "authorized")
    await shop.post(f"payments/{payment_id}/void", {}, status=200)
    return payment_id


def _refund(number: str) -> Callable[[Shop], Awaitable[str]]:
    async def make(shop: Shop) -> str:
        payment_id = await _card(number)(shop)
        await _becomes(shop, payment_id, "success")
        await shop.post(f"payments/{payment_id}/refunds", {"amount": AMOUNT})
        return payment_id

    return make


async def _test_event(shop: Shop) -> None:
    endpoints = (await shop.get("webhook_endpoints"))["data"]
    enabled = [endpoint["id"] for endpoint in endpoints if endpoint["enabled"]]
    expect(bool(enabled), "an enabled webhook endpoint, to which the test event goes", "none")
    try:
        await shop.post(f"webhook_endpoints/{enabled[0]}/test", {}, status=None)
    except Unexpected as answer:
        expect(answer.status != 404, "a gateway that can send test events", "this one has no such route")
        raise


async def _becomes(shop: Shop, payment_id: str, status: str) -> Document:
    """Raises Unexpected when it becomes something else, or nothing in time."""
    seen = await shop.until(
        f"payments/{payment_id}", lambda payment: payment["status"] != "pending", f"status {status}"
    )
    expect(seen["status"] == status, f"status {status}", seen)
    return seen


RECIPES = {
    "payment.created": Recipe(f"a payment by UPI, {UPI}", _upi),
    "payment.pending": Recipe(f"a payment by UPI, {UPI}", _upi),
    "payment.requires_action": Recipe(f"a payment by the card {THREE_D_SECURE}", _card(THREE_D_SECURE)),
    "payment.authorized": Recipe(f"manual capture, card {APPROVED}", _hold),
    "payment.success": Recipe(f"a payment by UPI, {UPI}", _upi),
    "payment.failed": Recipe(f"a payment by the card {DECLINED}", _card(DECLINED)),
    "payment.voided": Recipe(f"manual capture, card {APPROVED}, then a void", _void),
    "payment.capture_failed": Recipe(
        f"manual capture, card {CAPTURE_FAILS}, then a capture", _capture_failed
    ),
    "refund.created": Recipe(f"a payment by the card {APPROVED}, then a refund", _refund(APPROVED)),
    "refund.processed": Recipe(f"a payment by the card {APPROVED}, then a refund", _refund(APPROVED)),
    "refund.failed": Recipe(f"a payment by the card {REFUND_FAILS}, then a refund", _refund(REFUND_FAILS)),
    "order.paid": Recipe(f"a payment by UPI, {UPI}", _order),
    "webhook.test": Recipe("a test event to your newest enabled webhook endpoint", _test_event),
}
IMPOSSIBLE = {
    "payment.void_failed": "No test instrument declines a void; the simulator approves each.",
    "payment.reversed": "It tells of a charge that the processor reports after the payment has failed,"
    " and the simulator makes none.",
    "webhook_endpoint.disabled": "It tells that deliveries to an endpoint keep failing, which takes a while.",
}
