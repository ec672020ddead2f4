"""The requests of a shop: orders, and a UPI payment of each under a key of its own."""

import secrets

from benchmarks.load import Request, Result
from benchmarks.servers import Bench

CONNECTIONS = 32


def order_requests(bench: Bench, count: int) -> list[Request]:
    order = bench.post(
        "/api/v1/orders",
        {"amount": 50_000, "currency": "INR"},
        fields=(b'"id":"order_', b'"status":"created"'),
    )
    return [order] * count


def make_orders(bench: Bench, count: int) -> list[str]:
    return bench.run(order_requests(bench, count), connections=CONNECTIONS).ids()


def payment_requests(bench: Bench, order_ids: list[str]) -> list[Request]:
    run = secrets.token_hex(4)
    return [
        bench.post(
            "/api/v1/payments",
            {"order_id": id, "method": "upi", "vpa": "asha@okbank"},
            f"{run}-{id}",
            (b'"id":"pay_', b'"status":"pending"'),
        )
        for id in order_ids
    ]


def pay(
    bench: Bench, count: int, *, connections: int = CONNECTIONS, per_second: float | None = None
) -> Result:
    """So many payments, each of a new order; the orders are made before the clock starts."""
    requests = payment_requests(bench, make_orders(bench, count))
    return bench.run(requests, connections=connections, per_second=per_second)


def listen(bench: Bench, url: str) -> str:
    """An endpoint for all events there; its id."""
    made = bench.run([bench.post("/api/v1/webhook_endpoints", {"url": url})], connections=1)
    return made.ids()[0]
