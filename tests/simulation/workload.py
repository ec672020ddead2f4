"""What merchants and shoppers do, at random: the orders of a history and all that is done with them."""

import asyncio
from collections.abc import Awaitable
from random import Random
from typing import Any

from tests.simulation.client import Client, Shown, read

CARDS = (
    "4242424242424242", "4242424242424242", "5555555555554444", "4000000000000002", "4000000000009995",
    "4000002760003184", "4000002760003184", "4000000000005126",
)  # fmt: skip
VPAS = ("asha", "asha", "ravi", "fail", "insufficient", "timeout", "slow", "charged")
POLLS, POLL_S = 15, (0.3, 4.0)
OPEN = ("pending", "requires_action")


class Sale:
    """One order, the attempts to pay it, and what its merchant does with the money."""

    def __init__(self, number: int, merchant: Client, shopper: Client, chance: Random) -> None:
        self._name = f"sale{number}"
        self._merchant = merchant
        self._shopper = shopper
        self._chance = chance
        self._keys = 0
        self._is_manual = chance.random() < 0.4
        self._left: list[str] = []  # payments whose challenge was left unanswered

    async def run(self) -> None:
        order = await self._order()
        if not order:
            return None
        for _ in range(self._chance.randint(1, 4)):
            payment = await self._pay(order)
            await self._come_back_late()
            seen = await self._follow(payment) if payment else {}
            if seen.get("status") == "authorized":
                seen = await self._use_hold(seen)
            if seen.get("status") == "success":
                return await self._refund(seen)
            await self._think(3)
        return None

    async def _order(self) -> Shown:
        key = self._key()
        body = {
            "amount": self._chance.randint(100, 100_000),
            "capture": "manual" if self._is_manual else "automatic",
            "receipt": key,
            "notes": {"sale": self._name},
        }
        if self._one_in(4):
            body["expires_in"] = self._chance.choice((2, 30, 900))
        order = await self._maybe_twice("/api/v1/orders", body, key)
        if order and self._one_in(6):
            await self._reuse_key(key, body | {"amount": 100_001})
        return order

    async def _pay(self, order: Shown) -> Shown:
        """Sometimes by a double click, sometimes in two tabs at once."""
        tabs = [self._pay_once(order) for _ in range(2 if self._one_in(6) else 1)]
        payments = [payment for payment in await _all(tabs) if payment]
        return payments[0] if payments else {}

    async def _pay_once(self, order: Shown) -> Shown:
        is_public = self._one_in(3)
        path = "/api/v1/payments/public" if is_public else "/api/v1/payments"
        client = self._shopper.of_order(order["id"]) if is_public else self._merchant
        return await self._maybe_twice(
            path, {"order_id": order["id"], **self._instrument()}, self._key(), client
        )

    def _instrument(self) -> Shown:
        if not self._is_manual and self._one_in(2):
            return {"method": "upi", "vpa": f"{self._chance.choice(VPAS)}@okbank"}
        number = self._chance.choice(CARDS)
        card = {"number": number, "expiry_month": 12, "expiry_year": 2031, "cvv": "123", "holder_name": "A"}
        return {"method": "card", "card": card}

    async def _follow(self, payment: Shown) -> Shown:
        """Look at it until it is no longer open, or patience ends; a challenge is answered, or not."""
        seen, is_abandoned = payment, False
        for _ in range(POLLS):
            if seen.get("status") == "requires_action" and not is_abandoned:
                is_abandoned = not await self._answer_challenge(seen)
                self._left += [seen["id"]] if is_abandoned else []
            if seen.get("status") not in OPEN or (is_abandoned and self._one_in(3)):
                break
            await asyncio.sleep(self._chance.uniform(*POLL_S))
            seen = read(await self._shopper.ask("GET", f"/api/v1/payments/{payment['id']}/public"))
        return seen

    async def _answer_challenge(self, payment: Shown) -> bool:
        """Whether the shopper came back from the bank."""
        lot = self._chance.random()
        if lot < 0.2:
            return False
        url = payment.get("next_action", {}).get("url", "")
        if lot < 0.9:
            await self._merchant.world.processor.choose(url.rsplit("/", 1)[-1], lot < 0.7)
        if self._one_in(5):
            return False
        for _ in range(2 if self._one_in(4) else 1):
            await self._shopper.ask("GET", f"/checkout/3ds/return/{payment['id']}")
        return True

    async def _come_back_late(self) -> None:
        """A tab of the bank that was forgotten: another payment of the order has begun meanwhile."""
        for id in self._left:
            if self._one_in(2):
                await self._shopper.ask("GET", f"/checkout/3ds/return/{id}")

    async def _use_hold(self, payment: Shown) -> Shown:
        """Capture all or some, void, both at once, or let it lapse."""
        path, amount = f"/api/v1/payments/{payment['id']}", payment["amount"]
        for _ in range(self._chance.randint(0, 3)):
            asked: list[Awaitable[Shown]] = []
            if not self._one_in(4):
                part = self._chance.choice((amount, amount, max(1, amount // 3), amount + 1))
                asked.append(self._maybe_twice(f"{path}/capture", {"amount": part}, self._key()))
            if self._one_in(4):
                asked.append(self._maybe_twice(f"{path}/void", None, self._key()))
            await _all(asked)
            await self._think(4)
        return read(await self._merchant.ask("GET", path))

    async def _refund(self, payment: Shown) -> None:
        """In parts, at times more than there is, all at once or one after the other."""
        path, amount = f"/api/v1/payments/{payment['id']}/refunds", payment["amount"]
        parts = [
            self._chance.choice((amount, amount // 2, amount // 3, 7))
            for _ in range(self._chance.randint(0, 4))
        ]
        asked = [self._maybe_twice(path, {"amount": max(1, part)}, self._key()) for part in parts]
        if self._one_in(2):
            await _all(asked)
            return
        for one in asked:
            await one
            await self._think(5)

    async def _maybe_twice(
        self, path: str, body: Shown | None, key: str, client: Client | None = None
    ) -> Shown:
        """A double click sends the very same request again before the first is answered."""
        client = client or self._merchant
        asked = [client.ask("POST", path, body, key=key) for _ in range(2 if self._one_in(6) else 1)]
        return read((await _all(asked))[0])

    async def _reuse_key(self, key: str, body: Shown) -> None:
        answer = await self._merchant.ask("POST", "/api/v1/orders", body, key=key)
        if answer.status != 422:
            self._merchant.world.accuse(f"key {key} came with another body and was answered {answer.status}")

    async def _think(self, longest_s: float) -> None:
        await asyncio.sleep(self._chance.uniform(0, longest_s))

    def _key(self) -> str:
        self._keys += 1
        return f"{self._name}-{self._keys}"

    def _one_in(self, n: int) -> bool:
        return self._chance.random() * n < 1


async def _all(asked: list[Any]) -> list[Any]:
    """What they come to when they are done at the same time."""
    return list(await asyncio.gather(*asked))
