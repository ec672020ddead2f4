"""A merchant's client of the API, in short words, and what every refusal looks like."""

from dataclasses import dataclass
from typing import Any

import httpx2

Json = dict[str, Any]

VALID_CARD: Json = {
    "number": "4242 4242 4242 4242",
    "expiry_month": 12,
    "expiry_year": 2040,
    "cvv": "123",
    "holder_name": "Asha Rao",
}
FIELDS = {"code", "description", "field", "reason", "request_id"}


def card(number: str = "4242 4242 4242 4242", **changes: Any) -> Json:
    return VALID_CARD | {"number": number} | changes


@dataclass
class Api:
    """`get("orders")` is `GET /api/v1/orders`; a path with a leading slash is taken as it is."""

    client: httpx2.AsyncClient
    credentials: dict[str, str]
    merchant_id: str = ""
    name: str = ""
    other_merchant: "Api | None" = None
    live: "Api | None" = None
    anonymous: "Api | None" = None
    signing_secret: str = ""

    async def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        url = path if path.startswith("/") else f"/api/v1/{path}"
        headers = self.credentials | more.pop("headers", {})
        return await self.client.request(method, url, headers=headers, **more)

    async def get(self, path: str, **query: Any) -> httpx2.Response:
        return await self.send("GET", path, params=query)

    async def post(
        self, path: str, body: object = None, *, key: str | None = None, headers: Json | None = None
    ) -> httpx2.Response:
        headers = (headers or {}) | ({"Idempotency-Key": key} if key is not None else {})
        return await self.send("POST", path, headers=headers, **({} if body is None else {"json": body}))

    async def patch(self, path: str, body: object) -> httpx2.Response:
        return await self.send("PATCH", path, json=body)

    async def delete(self, path: str) -> httpx2.Response:
        return await self.send("DELETE", path)

    async def raw(self, path: str, content: bytes, **headers: str) -> httpx2.Response:
        """A POST of exactly these bytes."""
        sent = {"Content-Type": "application/json"} | {n.replace("_", "-"): v for n, v in headers.items()}
        return await self.send("POST", path, content=content, headers=sent)

    async def order(self, amount: int = 50_000, **more: Any) -> Json:
        return made(await self.post("orders", {"amount": amount, **more}), 201)

    async def pay(self, order: Json, **more: Any) -> Json:
        """By UPI unless told otherwise; still `pending`."""
        return made(await self.post("payments", payment_of(order, **more)), 201)

    async def see(self, payment: Json) -> Json:
        return made(await self.get(f"payments/{payment['id']}"), 200)


def payment_of(order: Json, **more: Any) -> Json:
    """The body of a payment: `card=…`, or `vpa=…`."""
    if "card" in more:
        return {"order_id": order["id"], "method": "card", **more}
    return {"order_id": order["id"], "method": "upi", "vpa": "asha@okbank", **more}


def made(answer: httpx2.Response, status: int = 200) -> Json:
    """The body of a success."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: Json = answer.json()
    return body


def refused(
    answer: httpx2.Response,
    status: int,
    code: str = "BAD_REQUEST_ERROR",
    reason: str | None = None,
    field: str | None = None,
) -> Json:
    """The error, whose shape is always the same."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: Json = answer.json()
    assert list(body) == ["error"]
    error: Json = body["error"]
    assert {"code", "description", "request_id"} <= error.keys() <= FIELDS | {"payment_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert error["code"] == code
    assert error["description"]
    if reason is not None:
        assert error["reason"] == reason
    assert error.get("field") == field
    return error
