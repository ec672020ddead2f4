"""What a payment costs on two gateways, turn by turn, and how long their lists and look-ups take."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psycopg

from benchmarks.figures import percentile
from benchmarks.load import Request
from benchmarks.merchant import EVENTS_PER_PAYMENT, Receiver
from benchmarks.servers import Bench
from benchmarks.trade import Shop, listen
from benchmarks.usage import spent

WARM_UP, ARRIVE_S, REPEATS = 500, 300.0, 40
LEFT = "SELECT count(*) FROM jobs WHERE due_at < now() + interval '1 hour'"
UNDONE = "SELECT count(*) FROM payments WHERE merchant_id = %s AND status <> 'success'"


@dataclass
class Side:
    """One of the two gateways, its shop and receiver; what each turn took for a payment."""

    bench: Bench
    receiver: Receiver
    shop: Shop = field(init=False)
    cpu_us: list[float] = field(default_factory=list)
    postgres_us: list[float] = field(default_factory=list)
    wall_us: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shop = Shop(self.bench)
        listen(self.bench, self.receiver.url)

    def turn(self, count: int) -> None:
        """From the first request to the last event, and until nothing is left to do."""
        requests = self.shop.requests(count)
        began = time.monotonic()
        with spent(self.bench.groups) as used:
            self.shop.send(requests)
            self.receiver.wait_for(self.shop.accepted * EVENTS_PER_PAYMENT, ARRIVE_S)
            wall_s = time.monotonic() - began
            self._finish()
        self.cpu_us.append(sum(used.values()) / count * 1e6)
        self.postgres_us.append(used["postgres"] / count * 1e6)
        self.wall_us.append(wall_s / count * 1e6)

    def _finish(self) -> None:
        until = time.monotonic() + ARRIVE_S
        with psycopg.connect(self.bench.database_url, autocommit=True) as db:
            while db.execute(LEFT).fetchall() != [(0,)]:
                if time.monotonic() > until:
                    raise SystemExit("Work is left.")
                time.sleep(0.1)

    def forget(self) -> None:
        """The turns so far warmed up."""
        for taken in (self.cpu_us, self.postgres_us, self.wall_us):
            taken.clear()


def compare(sides: Mapping[str, Side], turns: int, count: int) -> dict[str, Any]:
    """By turns, so that whatever else the machine does falls on both; the first of a pair changes."""
    for side in sides.values():
        side.turn(WARM_UP)
        side.forget()
    for number in range(turns):
        pair = list(sides.values())
        for side in pair if number % 2 else pair[::-1]:
            side.turn(count)
    figures: dict[str, Any] = {
        what: {name: round(median(getattr(side, what))) for name, side in sides.items()}
        for what in ("cpu_us", "postgres_us", "wall_us")
    }
    for figure in figures.values():
        figure["ratio"] = round(figure["filled"] / figure["empty"], 3)
    return figures


def requests(bench: Bench) -> dict[str, Request]:
    """Every list and look-up that grows with the data, as the bench's merchant asks it; cursors from its own middle."""
    sample = _sample(bench)
    at = str(sample["at"]).replace("+00:00", "Z").replace(" ", "T")
    paths = {
        "payments": "payments", "payments by status": "payments?status=failed",
        "payments by a status that none has": "payments?status=requires_action",
        "payments from the middle": f"payments?starting_after={sample['payment']}",
        "payments until a time": f"payments?created_to={at}",
        "payments of an order": f"payments?order_id={sample['order']}",
        "payment": f"payments/{sample['payment']}", "timeline": f"payments/{sample['payment']}/timeline",
        "orders": "orders", "orders from the middle": f"orders?starting_after={sample['order']}",
        "order": f"orders/{sample['order']}", "events": "events", "event": f"events/{sample['event']}",
        "events from the middle": f"events?starting_after={sample['event']}",
        "deliveries": "webhooks", "deliveries, 1,000 further": "webhooks?offset=1000",
        "delivery": f"webhooks/{sample['delivery']}", "jobs": "jobs/status",
    }  # fmt: skip
    return {what: bench.get(f"/api/v1/{path}") for what, path in paths.items()}


def _sample(bench: Bench) -> dict[str, Any]:
    """A delivered event's payment from about the middle of the merchant's; ids begin with the time."""
    [order] = _newest(bench, "orders?limit=1")
    query = """
        SELECT p.id, p.order_id, p.created_at, e.id, d.id
        FROM (SELECT * FROM payments WHERE merchant_id = %(merchant)s AND mode = 'test' AND id >= (
            SELECT id FROM payments WHERE merchant_id = %(merchant)s AND mode = 'test' ORDER BY id DESC
            LIMIT 1 OFFSET (SELECT greatest(0, least(count(*) / 2, 1000000)) FROM (
                SELECT FROM payments WHERE merchant_id = %(merchant)s AND mode = 'test' LIMIT 2000000) AS counted)
        ) ORDER BY id LIMIT 1) AS p
        JOIN events e ON e.payment_id = p.id JOIN deliveries d ON d.event_id = e.id LIMIT 1
    """
    with psycopg.connect(bench.database_url, autocommit=True) as db:
        [(merchant,)] = db.execute("SELECT merchant_id FROM orders WHERE id = %s", (order,)).fetchall()
        [found] = db.execute(query, {"merchant": merchant}).fetchall()
    return dict(zip(("payment", "order", "at", "event", "delivery"), found, strict=True))


def _newest(bench: Bench, path: str) -> list[str]:
    [body] = bench.run([bench.get(f"/api/v1/{path}")], connections=1).bodies
    return [row["id"] for row in json.loads(body)["data"]]


def latencies(sides: Mapping[str, Bench]) -> list[dict[str, Any]]:
    """Milliseconds, one request at a time."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, bench in sides.items():
        for what, request in requests(bench).items():
            times: Sequence[float] = bench.run([request] * REPEATS, connections=1).latencies_ms
            found[what] |= {
                f"{name} p50": round(median(times), 2), f"{name} p95": round(percentile(times, 0.95), 2),
            }  # fmt: skip
    return [{"what": what, **figures} for what, figures in found.items()]
