"""What one API process takes while no worker runs: orders, payments, reads."""

from benchmarks.row import Goal, Row
from benchmarks.servers import Bench
from benchmarks.trade import CONNECTIONS, make_orders, order_requests, payment_requests

WARM_UP = 1_500
COUNT, COUNT_ALONE = 5_000, 500


def rows() -> dict[str, Row]:
    return {
        "orders": Row("orders", "orders, 32 connections", Goal(at_least_per_second=4_000)),
        "accept": Row(
            "accept",
            "payments accepted, 32 connections, no worker",
            Goal(at_least_per_second=3_200, p99_below_ms=40, of_limit=0.3),
        ),
        "get": Row("get", "payments read, 32 connections", Goal(at_least_per_second=5_000)),
        "alone": Row("alone", "payments accepted, 1 connection, no worker", Goal(p50_below_ms=2)),
    }


def warm_up(bench: Bench) -> None:
    once(bench, rows(), WARM_UP, WARM_UP // 10)


def once(bench: Bench, rows: dict[str, Row], count: int = COUNT, alone: int = COUNT_ALONE) -> None:
    """One more measurement of each."""
    orders = bench.run(order_requests(bench, count), connections=CONNECTIONS)
    rows["orders"].add(orders)
    paid = bench.run(payment_requests(bench, orders.ids()), connections=CONNECTIONS)
    rows["accept"].add(paid)
    reads = [bench.get(f"/api/v1/payments/{id}", (f'"id":"{id}"'.encode(),)) for id in paid.ids()]
    rows["get"].add(bench.run(reads, connections=CONNECTIONS))
    requests = payment_requests(bench, make_orders(bench, alone))
    rows["alone"].add(bench.run(requests, connections=1))
