"""How many payments one API process accepts, with everything on this machine: `python -m benchmarks.accept`."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.load import Result
from benchmarks.servers import Bench, running

RESULTS = Path(__file__).parent / "results"


def accept(bench: Bench, connections: int, count: int, label: str) -> dict[str, Result]:
    """New orders, and then a payment of each under a key of its own."""
    order = {"amount": 50_000, "currency": "INR"}
    orders = bench.run([bench.post("/api/v1/orders", order)] * count, connections=connections)
    ids = [json.loads(body)["id"] for body in orders.bodies]
    payments = [
        bench.post(
            "/api/v1/payments",
            {"order_id": id, "method": "upi", "vpa": "asha@okbank"},
            f"{label}-{connections}-{id}",
        )
        for id in ids
    ]
    paid = bench.run(payments, connections=connections)
    gets = [bench.get(f"/api/v1/payments/{json.loads(body)['id']}") for body in paid.bodies]
    return {
        "POST /api/v1/orders": orders,
        "POST /api/v1/payments": paid,
        "GET /api/v1/payments/{id}": bench.run(gets, connections=connections),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=8_000, help="per measurement at 32 connections")
    options = parser.parse_args()
    table = Table("what", "connections", "requests/s", "p50 ms", "p99 ms", title="One API process, no worker")
    rows = []
    with running() as bench:
        accept(bench, 32, 1_000, "warm")
        for connections, count in ((1, max(500, options.requests // 8)), (32, options.requests)):
            for what, result in accept(bench, connections, count, "run").items():
                row = {
                    "what": what,
                    "connections": connections,
                    "requests": len(result.latencies_ms),
                    "per_second": round(result.per_second),
                    "p50_ms": round(result.percentile(0.5), 2),
                    "p99_ms": round(result.percentile(0.99), 2),
                }
                rows.append(row)
                table.add_row(
                    what, str(connections), f"{row['per_second']:,}", str(row["p50_ms"]), str(row["p99_ms"])
                )
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "accept.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
