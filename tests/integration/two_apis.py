"""Two API processes on one PostgreSQL, and requests that reach both at nearly the same moment."""

import asyncio
import random
import secrets
from typing import Any

import httpx2

from benchmarks.servers import Bench
from tests.contracts.api.client import VALID_CARD, Json

JITTER_S = (
    0.0,
    0.0,
    0.002,
    0.01,
    0.03,
)  # of a round: now all at once, now spread over what one request takes
FINISH_S = 30.0
UPI = {"method": "upi", "vpa": "asha@okbank"}


class TwoApis:
    """Sends its requests to both processes in turn."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self._chance = random.Random(seed)
        limits = httpx2.Limits(max_connections=60)
        self._clients = [
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}/api/v1", headers=bench.headers, limits=limits, timeout=20
            )
            for port in bench.ports
        ]

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def post(
        self, path: str, body: Json | None = None, *, key: str = "", on: int = 0
    ) -> httpx2.Response:
        """Again, under its key, while it is busy or does not know: on a slow machine not all get their turn in time."""
        headers = {"Idempotency-Key": key or f"race-{secrets.token_hex(12)}"}
        async with asyncio.timeout(FINISH_S):
            while True:
                answer = await self._clients[on].post(path, json=body, headers=headers)
                if answer.status_code not in (409, 503):
                    return answer

    async def delete(self, path: str) -> None:
        answer = await self._clients[0].delete(path)
        assert answer.status_code == 204, answer.text

    async def get(self, path: str) -> Json:
        answer = await self._clients[1].get(path)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    async def race(self, *requests: tuple[str, Json | None], key: str = "") -> list[httpx2.Response]:
        """The answers in the order of the requests, which leave in any order, within a few milliseconds."""
        within_s = self._chance.choice(JITTER_S)

        async def ask(number: int, path: str, body: Json | None, after_s: float) -> httpx2.Response:
            await asyncio.sleep(after_s)
            return await self.post(path, body, key=key, on=number % 2)

        waits = [self._chance.uniform(0, within_s) for _ in requests]
        return await asyncio.gather(
            *(ask(n, *request, wait) for n, (request, wait) in enumerate(zip(requests, waits, strict=True)))
        )

    async def order(self, **fields: Any) -> str:
        return str((await self.post("/orders", {"amount": 50_000} | fields)).json()["id"])

    async def pay(self, instrument: Json | None = None, **fields: Any) -> str:
        body = {"order_id": await self.order(**fields), **(instrument or UPI)}
        return str((await self.post("/payments", body)).json()["id"])

    async def settled(self, payment_id: str) -> Json:
        """The payment, once nothing of it is under way."""
        async with asyncio.timeout(FINISH_S):
            while True:
                payment = await self.get(f"/payments/{payment_id}")
                if payment["status"] != "pending" and not payment.get("pending_operation"):
                    return payment
                await asyncio.sleep(0.02)

    async def paid(self) -> str:
        payment = await self.settled(await self.pay())
        assert payment["status"] == "success", payment
        return str(payment["id"])

    async def held(self) -> str:
        payment = await self.settled(await self.pay({"method": "card", "card": VALID_CARD}, capture="manual"))
        assert payment["status"] == "authorized", payment
        return str(payment["id"])

    async def payments_of(self, order_id: str) -> list[Json]:
        payments: list[Json] = (await self.get(f"/orders/{order_id}/payments"))["data"]
        return payments


def upi(order_id: str) -> Json:
    return {"order_id": order_id, **UPI}
