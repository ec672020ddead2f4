"""A merchant's server: what it asks of the gateway, over HTTP as any merchant would."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx2

from entrypoints.cli.dev.prepare import TEST_KEY

WITHIN_S = 30.0
LOOK_S = 0.1
CARD = {"expiry_month": 12, "expiry_year": 2035, "cvv": "123", "holder_name": "Asha Rao"}

Document = dict[str, Any]


class Unexpected(Exception):
    """The gateway did not do what is expected of it; `status` is that of its answer, if it is about one."""

    def __init__(self, what: str, seen: object, status: int | None = None) -> None:
        super().__init__(f"Expected: {what}.\nCame: {seen}")
        self.status = status


def expect(holds: bool, what: str, seen: object) -> None:
    """Raises Unexpected unless it holds."""
    if not holds:
        raise Unexpected(what, seen)


class Shop:
    """One merchant's client. Every call raises Unexpected for an answer of another status than it wants.

    None as a status wants any success.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **query: str | int) -> Document:
        return _body(await self._client.get(f"/api/v1/{path}", params=query), 200)

    async def post(self, path: str, body: Document, *, status: int | None = 201, key: str = "") -> Document:
        headers = {"Idempotency-Key": key} if key else {}
        return _body(await self._client.post(f"/api/v1/{path}", json=body, headers=headers), status)

    async def delete(self, path: str) -> None:
        await self._client.delete(f"/api/v1/{path}")

    async def order(self, amount: int, **more: str) -> str:
        order = await self.post("orders", {"amount": amount, "currency": "INR", **more})
        expect(order["status"] == "created", "a new order", order)
        return str(order["id"])

    async def pay_by_upi(self, order_id: str, vpa: str) -> Document:
        return await self._pay({"order_id": order_id, "method": "upi", "vpa": vpa})

    async def pay_by_card(self, order_id: str, number: str) -> Document:
        return await self._pay({"order_id": order_id, "method": "card", "card": {"number": number, **CARD}})

    async def until(self, path: str, holds: Callable[[Document], bool], what: str) -> Document:
        """What is at `path`, as soon as it holds."""
        deadline = monotonic() + WITHIN_S
        seen = await self.get(path)
        while not holds(seen):
            expect(monotonic() < deadline, f"{what} within {WITHIN_S:.0f} s", seen)
            await asyncio.sleep(LOOK_S)
            seen = await self.get(path)
        return seen

    async def _pay(self, body: Document) -> Document:
        payment = await self.post("payments", body, key=f"pay-{body['order_id']}")
        expect(payment["status"] == "pending", "a pending payment", payment)
        return payment


@asynccontextmanager
async def a_shop(url: str) -> AsyncIterator[Shop]:
    """The test merchant's."""
    credentials = {"X-Api-Key": TEST_KEY.id, "X-Api-Secret": TEST_KEY.secret}
    async with httpx2.AsyncClient(base_url=url, headers=credentials, trust_env=False) as client:
        yield Shop(client)


def _body(response: httpx2.Response, status: int | None) -> Document:
    request, came = response.request, response.status_code
    if came != status and not (status is None and response.is_success):
        wanted = f"{status or 'a success'} from {request.method} {request.url.path}"
        raise Unexpected(wanted, f"{came} {response.text}", came)
    document: Document = response.json()
    return document
