"""What an API does with more than it can do: `python -m tests.faults.overload`.

Finds its capacity with a closed load, then sends 1, 2 and 4 times that much, as an open load. What is accepted
must be answered in good time, and what is not must be told so at once: 503 with `Retry-After`.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.servers import Bench, running
from tests.faults.open_load import Curve, order_id

RESULTS = Path(__file__).parent / "results"
TIMES = (0.5, 1.0, 2.0, 4.0)
CONNECTIONS, SAMPLE = 32, 3_000
SEED = """
    INSERT INTO orders
    SELECT 'order_' || lpad(i::text, 16, '0'), k.merchant_id, 'test', 50000, 'INR', NULL, '{}', 'automatic',
           NULL, now(), now(), 'created', 0, 0, 1
    FROM generate_series(%s::bigint, %s::bigint) AS i, (SELECT merchant_id FROM api_keys WHERE mode = 'test') AS k
"""


@dataclass
class Orders:
    """Orders that are there already, so that only payments are measured."""

    bench: Bench
    used: int = 0

    def take(self, count: int) -> int:
        """The number of the first of so many."""
        first, self.used = self.used, self.used + count
        url = self.bench.env["GATEWAY_DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SEED.encode(), (first, self.used - 1))
        return first


def capacity(orders: Orders, count: int = SAMPLE) -> float:
    """Payments a second, by so many who each wait for their answer."""
    first, bench = orders.take(count), orders.bench
    ids = [order_id(number) for number in range(first, first + count)]
    body = {"method": "upi", "vpa": "asha@okbank"}
    requests = [bench.post("/api/v1/payments", {"order_id": id, **body}, id) for id in ids]
    return bench.run(requests, connections=CONNECTIONS).per_second


def load(orders: Orders, rate: float, seconds: float) -> Curve:
    bench = orders.bench
    headers = "".join(f"{name}: {value}\r\n" for name, value in bench.headers.items())
    job = {
        "port": bench.port, "rate": rate, "seconds": seconds, "first": orders.take(round(rate * seconds)),
        "head": f"POST /api/v1/payments HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.open_load"], input=json.dumps(job), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return Curve(**json.loads(done.stdout))


def row_of(curve: Curve, times: float) -> dict[str, Any]:
    accepted, shed = (sorted(curve.latencies_ms.get(status, [])) for status in ("201", "503"))
    offered = round(curve.rate * curve.seconds)
    others = {
        status: len(some) for status, some in curve.latencies_ms.items() if status not in ("201", "503")
    }
    return {
        "times": times, "offered_per_s": round(curve.rate), "accepted_per_s": round(len(accepted) / curve.seconds),
        "shed": round(len(shed) / offered, 3),
        "p50_ms": percentile(accepted, 0.5), "p99_ms": percentile(accepted, 0.99),
        "shed_p50_ms": percentile(shed, 0.5), "shed_p99_ms": percentile(shed, 0.99),
        "without_retry_after": len(shed) - curve.retry_after, "others": others,
        "unsent": curve.unsent, "unanswered": curve.unanswered, "broken": curve.broken,
        "generator_lag_ms": round(curve.lag_ms, 1),
    }  # fmt: skip


def percentile(ordered: list[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="of each load")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with running() as bench:
        orders = Orders(bench)
        capacity(orders, 1_000)
        most = capacity(orders)
        rows = [row_of(load(orders, most * times, options.seconds), times) for times in TIMES]
    table = Table(title=f"One API process, capacity {most:,.0f} payments/s", title_justify="left")
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 170).print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "overload.json").write_text(
        json.dumps({"capacity_per_s": round(most), "rows": rows}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
