"""The webhooks that the demo shop was sent, by order, and who is waiting for the next."""

import asyncio
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from core.domain.signing import hex_hmac

MAX_ORDERS = 100
MAX_PER_ORDER = 50


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery: what it said, and whether its signatures hold."""

    event: dict[str, Any]
    is_verified: bool


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Both signatures, as a merchant would check either: over the exact bytes, in constant time."""
    if not hmac.compare_digest(headers.get("x-webhook-signature", ""), hex_hmac(secret, body)):
        return False
    try:
        Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError:
        return False
    return True


@dataclass
class Inbox:
    """In the memory of one process; the oldest orders are forgotten."""

    _received: OrderedDict[str, list[Received]] = field(default_factory=OrderedDict)
    _orders: dict[str, str] = field(default_factory=dict)  # by payment, for events about refunds
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, body: bytes, *, is_verified: bool) -> None:
        """A webhook may come twice; the event's id says so, and once is shown."""
        event = json.loads(body)
        order_id = self._order_of(event)
        received = self._received.setdefault(order_id, [])
        if any(other.event["id"] == event["id"] for other in received) or len(received) >= MAX_PER_ORDER:
            return
        received.append(Received(event, is_verified))
        while len(self._received) > MAX_ORDERS:
            self._received.popitem(last=False)
        async with self._news:
            self._news.notify_all()

    def since(self, order_id: str, seen: int) -> list[Received]:
        return self._received.get(order_id, [])[seen:]

    async def wait(self, timeout_s: float) -> None:
        """Until something came in, for whatever order, or the time is over."""
        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait()
        except TimeoutError:
            pass

    def _order_of(self, event: dict[str, Any]) -> str:
        match event["data"]:
            case {"payment": {"id": payment_id, "order_id": order_id}}:
                if len(self._orders) > MAX_ORDERS * MAX_PER_ORDER:
                    self._orders.clear()
                self._orders[payment_id] = order_id
                return str(order_id)
            case {"order": {"id": order_id}}:
                return str(order_id)
            case {"refund": {"payment_id": payment_id}}:
                return self._orders.get(payment_id, "")
        return ""
