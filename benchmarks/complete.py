"""Complete payments: accepted, processed, all four events delivered and logged. `python -m benchmarks.complete`."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from benchmarks.servers import Bench, free_port, running

RESULTS = Path(__file__).parent / "results"
EVENTS_PER_PAYMENT = 4
DRAIN_S = 120


@contextmanager
def receiving() -> Iterator[str]:
    """The address of a receiver."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.receiver", str(port)], stdout=subprocess.PIPE
    ) as receiver:
        assert receiver.stdout is not None
        receiver.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}/hook"
        finally:
            receiver.terminate()


def told(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=5) as answer:
        heard: dict[str, Any] = json.load(answer)
    return heard


def measure(bench: Bench, url: str, count: int, connections: int) -> dict[str, float]:
    """Everything at once, and the time until the last event has arrived."""
    orders = bench.run([bench.post("/api/v1/orders", {"amount": 50_000})] * count, connections=connections)
    payments = [
        bench.post("/api/v1/payments", {"order_id": id, "method": "upi", "vpa": "asha@okbank"}, f"c-{id}")
        for id in (json.loads(body)["id"] for body in orders.bodies)
    ]
    before = told(url)["events"]
    began = time.monotonic()
    accepted = bench.run(payments, connections=connections)
    until = time.monotonic() + DRAIN_S
    while (heard := told(url))["events"] - before < count * EVENTS_PER_PAYMENT:
        if time.monotonic() > until:
            raise SystemExit(
                f"Only {heard['events'] - before} of {count * EVENTS_PER_PAYMENT} events arrived."
            )
        time.sleep(0.05)
    seconds = time.monotonic() - began
    _verify(bench, count)
    return {
        "payments": count,
        "accepted_per_second": round(accepted.per_second),
        "complete_per_second": round(count / seconds),
        "deliveries_per_second": round(count * EVENTS_PER_PAYMENT / seconds),
        "repeats": heard["repeats"],
    }


def _verify(bench: Bench, count: int) -> None:
    """A figure counts only if nothing is left behind."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        [body] = bench.run([bench.get("/api/v1/jobs/status")], connections=1).bodies
        status = json.loads(body)
        if status["pending"] == status["processing"] == 0:
            break
        time.sleep(0.2)
    assert status["pending"] == status["processing"] == status["failed"] == 0, status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with receiving() as url, running("worker", "scheduler") as bench:
        bench.run([bench.post("/api/v1/webhook_endpoints", {"url": url})], connections=1)
        measure(bench, url, 300, options.connections)
        row = measure(bench, url, options.payments, options.connections)
    table = Table(
        "what", "figure", title="API, worker, scheduler, PostgreSQL, Valkey, load and receiver on one machine"
    )
    for what, figure in row.items():
        table.add_row(what.replace("_", " "), f"{figure:,}")
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "complete.json").write_text(json.dumps(row, indent=1) + "\n")


if __name__ == "__main__":
    main()
