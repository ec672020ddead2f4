"""A good merchant's client, in a process of its own: it repeats with the same key until it has an answer.

Its configuration is the first line of standard input. Then `stop`: nothing new is begun, and what was begun is
finished; `repeat`: every request once more under its key, which must get the very same answer. Its memory is
the last line of standard output.
"""

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.faults.memory import Memory
from tests.faults.persistent import Persistent

CARD = {"expiry_month": 12, "expiry_year": 2035, "cvv": "123", "holder_name": "Asha Rao"}
GOOD, BAD = "4242424242424242", "4000000000009995"
OPEN = ("pending", "requires_action")
FOLLOW_S, LOOK_S = 200.0, (0.2, 4.0)


@dataclass
class Config:
    """`kinds` are drawn by weight. `follow`: wait for each outcome, and then capture, void or refund. `pause_s`: the
    next one comes after so long on average, and does not wait for the outcome of the one before. `limit`: begin no
    more than so many orders."""

    ports: list[int]
    headers: dict[str, str]
    name: str
    shoppers: int = 32
    limit: int | None = None
    follow: bool = True
    pause_s: float = 0.0
    impatient: float = 0.05
    kinds: dict[str, int] = field(default_factory=lambda: {
        "upi": 4, "card": 2, "declined": 1, "refund": 3, "capture": 2, "void": 1,
    })  # fmt: skip


class Merchant:
    def __init__(self, config: Config) -> None:
        self.config, self.memory = config, Memory()
        self.stop = asyncio.Event()
        self._web = Persistent(config.ports, config.headers, self.memory)
        self._begun = 0

    async def sell(self) -> None:
        """Until told to stop, in so many lines of shoppers."""
        async with asyncio.TaskGroup() as crowd:
            for number in range(self.config.shoppers):
                crowd.create_task(self._line(crowd, random.Random(f"{self.config.name} {number}")))

    async def repeat(self) -> None:
        """Each answer again, byte for byte."""
        for start in range(0, len(self.memory.notes), 32):
            await asyncio.gather(*map(self._web.again, self.memory.notes[start : start + 32]))

    async def close(self) -> None:
        await self._web.close()

    async def _line(self, crowd: asyncio.TaskGroup, chance: random.Random) -> None:
        kinds, weights = zip(*self.config.kinds.items(), strict=True)
        while not self.stop.is_set() and self._begun < (self.config.limit or sys.maxsize):
            self._begun += 1
            number = self._begun
            [kind] = chance.choices(kinds, weights)
            shopper = crowd.create_task(self._shopper(f"{self.config.name}-{number}", kind, chance))
            if self.config.pause_s:
                await asyncio.sleep(chance.uniform(0, 2 * self.config.pause_s))
            else:
                await shopper

    async def _shopper(self, name: str, kind: str, chance: random.Random) -> None:
        twice = chance.random() < self.config.impatient
        amount, is_manual = chance.randrange(10_000, 90_000), kind in ("capture", "void")
        fields = {"amount": amount, "capture": "manual" if is_manual else "automatic", "receipt": name}
        order = await self._web.post("/orders", fields, f"{name}-order", twice=twice)
        if order is None:
            return
        wanted = {"order_id": order["id"], **_instrument(kind)}
        payment = await self._web.post("/payments", wanted, f"{name}-payment", twice=twice)
        if payment is None or not self.config.follow:
            return
        payment = await self._outcome(payment, lambda seen: seen["status"] not in OPEN)
        if payment is not None:
            await _AFTERWARDS.get(kind, _nothing)(self, name, payment, chance)

    async def _outcome(
        self, payment: dict[str, Any], reached: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any] | None:
        """The payment when it is so far; None when that takes for ever."""
        loop = asyncio.get_running_loop()
        until, pause_s = loop.time() + FOLLOW_S, LOOK_S[0]
        while not reached(payment):
            if loop.time() > until:
                self.memory.complaints.append(f"{payment['id']} is {payment['status']} after {FOLLOW_S:g} s")
                return None
            await asyncio.sleep(pause_s)
            pause_s = min(LOOK_S[1], pause_s * 1.5)
            payment = await self._web.get(f"/payments/{payment['id']}") or payment
            self.memory.ended[payment["id"]] = payment["status"]
        return payment

    async def _capture(self, name: str, payment: dict[str, Any], chance: random.Random) -> None:
        if payment["status"] == "authorized":
            part = {"amount": chance.choice((payment["amount"], payment["amount"] // 2))}
            path = f"/payments/{payment['id']}/capture"
            await self._then(await self._web.post(path, part, f"{name}-capture"))

    async def _void(self, name: str, payment: dict[str, Any], chance: random.Random) -> None:
        if payment["status"] == "authorized":
            await self._then(await self._web.post(f"/payments/{payment['id']}/void", {}, f"{name}-void"))

    async def _then(self, payment: dict[str, Any] | None) -> None:
        if payment is not None:
            await self._outcome(payment, lambda seen: "pending_operation" not in seen)

    async def _refund(self, name: str, payment: dict[str, Any], chance: random.Random) -> None:
        if payment["status"] == "success":
            part, path = {"amount": payment["amount"] // 3}, f"/payments/{payment['id']}/refunds"
            for number in range(chance.randint(1, 2)):
                await self._web.post(path, part, f"{name}-refund{number}", twice=chance.random() < 0.2)


async def _nothing(merchant: Merchant, name: str, payment: dict[str, Any], chance: random.Random) -> None:
    pass


Afterwards = Callable[[Merchant, str, dict[str, Any], random.Random], Awaitable[None]]
_AFTERWARDS: dict[str, Afterwards] = {
    "capture": Merchant._capture, "void": Merchant._void, "refund": Merchant._refund,
}  # fmt: skip


def _instrument(kind: str) -> dict[str, Any]:
    if kind in ("upi", "refund"):
        return {"method": "upi", "vpa": "asha@okbank"}
    return {"method": "card", "card": {"number": BAD if kind == "declined" else GOOD, **CARD}}


async def main() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    merchant = Merchant(Config(**json.loads(await reader.readline())))
    selling = asyncio.create_task(merchant.sell())
    await reader.readline()
    merchant.stop.set()
    await selling
    print("finished", flush=True)
    if await reader.readline():
        await merchant.repeat()
    print(json.dumps(merchant.memory.to_json()), flush=True)
    await merchant.close()


if __name__ == "__main__":
    uvloop.run(main())
