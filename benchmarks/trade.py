"""The requests of a shop: orders, and a UPI payment of each under a key of its own."""

import secrets
from dataclasses import dataclass

from benchmarks.load import Request, Result
from benchmarks.servers import Bench

CONNECTIONS = 32


def order_requests(bench: Bench, count: int) -> list[Request]:
    fields = (b'"id":"order_', b'"status":"created"')
    return [bench.post("/api/v1/orders", {"amount": 50_000, "currency": "INR"}, fields=fields)] * count


def payment_requests(bench: Bench, order_ids: list[str]) -> list[Request]:
    run, fields = secrets.token_hex(4), (b'"id":"pay_', b'"status":"pending"')
    body = {"method": "upi", "vpa": "asha@okbank"}
    return [
        bench.post("/api/v1/payments", {"order_id": id, **body}, f"{run}-{id}", fields) for id in order_ids
    ]


@dataclass
class Shop:
    """Pays, and counts what was accepted."""

    bench: Bench
    accepted: int = 0

    def pay(self, count: int, *, connections: int = CONNECTIONS, per_second: float | None = None) -> Result:
        """So many payments, each of a new order; the orders are made before the clock starts."""
        return self.send(self.requests(count), connections=connections, per_second=per_second)

    def requests(self, count: int) -> list[Request]:
        orders = self.bench.run(order_requests(self.bench, count), connections=CONNECTIONS)
        return payment_requests(self.bench, orders.ids())

    def send(
        self, payments: list[Request], *, connections: int = CONNECTIONS, per_second: float | None = None
    ) -> Result:
        result = self.bench.run(payments, connections=connections, per_second=per_second)
        self.accepted += len(result.bodies)
        return result


def listen(bench: Bench, url: str) -> str:
    """An endpoint for all events there; its id."""
    made = bench.run([bench.post("/api/v1/webhook_endpoints", {"url": url})], connections=1)
    return made.ids()[0]
