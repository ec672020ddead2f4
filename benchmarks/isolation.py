"""A healthy endpoint beside one that hangs with ten thousand deliveries waiting: `python -m benchmarks.isolation`."""

import argparse
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from rich.table import Table

from benchmarks.console import wide
from benchmarks.figures import percentile
from benchmarks.merchant import EVENTS_PER_PAYMENT, Receiver, receiving
from benchmarks.servers import Bench, running
from benchmarks.trade import Shop, listen

RESULTS = Path(__file__).parent / "results"
WAITING = 10_000
LATENESS = "SELECT id, extract(epoch FROM created_at)::float FROM events WHERE created_at >= %s"
OWED = """
    SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE attempts > 0)
    FROM deliveries WHERE endpoint_id = %s
"""
ARRIVE_S = 60


@contextmanager
def hanging() -> Iterator[str]:
    """The address of somebody who takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def ask(bench: Bench, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(bench.database_url) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def latencies_ms(bench: Bench, receiver: Receiver, payments: int, per_second: float) -> list[float]:
    """From each event to its first arrival at the healthy endpoint; all of them have arrived."""
    before = receiver.events()
    [(since,)] = ask(bench, "SELECT now()")
    Shop(bench).pay(payments, connections=8, per_second=per_second)
    receiver.wait_for(before + payments * EVENTS_PER_PAYMENT, ARRIVE_S)
    arrived = receiver.heard("/arrived")["arrived"]
    return [(arrived[id] - made_at) * 1000 for id, made_at in ask(bench, LATENESS, since)]


def row(name: str, latencies: list[float], waiting: int) -> dict[str, Any]:
    p50, p99 = (percentile(latencies, share) for share in (0.5, 0.99))
    return {
        "healthy endpoint": name, "events": len(latencies), "p50 ms": round(p50, 1), "p99 ms": round(p99, 1),
        "max ms": round(max(latencies), 1), "waiting for the other": waiting,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000, help="in each part")
    parser.add_argument("--per-second", type=float, default=50)
    options = parser.parse_args()
    load = (options.payments, options.per_second)
    with receiving() as receiver, hanging() as dead_url, running("worker", "scheduler") as bench:
        listen(bench, receiver.url)
        latencies_ms(bench, receiver, 200, options.per_second)
        rows = [row("alone", latencies_ms(bench, receiver, *load), 0)]
        dead = listen(bench, dead_url)
        before = receiver.events()
        Shop(bench).pay(WAITING // EVENTS_PER_PAYMENT)
        receiver.wait_for(before + WAITING, ARRIVE_S)
        [(waiting, _)] = ask(bench, OWED, dead)
        assert waiting >= WAITING, waiting
        rows.append(row("beside the dead one", latencies_ms(bench, receiver, *load), waiting))
        [(pending, tried)] = ask(bench, OWED, dead)
        rows.append(row("and once more", latencies_ms(bench, receiver, *load), pending))
    table = Table(title=f"From event to arrival, {options.per_second:g} payments/s", title_justify="left")
    for column in rows[0]:
        table.add_column(column, justify="right")
    for each in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in each.values()))
    console = wide()
    console.print(table)
    console.print(f"The dead endpoint was tried for {tried} of {pending} deliveries; none of them is lost.")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "isolation.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
