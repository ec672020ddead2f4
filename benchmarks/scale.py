"""How throughput grows with processes, here where all share the machine's cores: `python -m benchmarks.scale`."""

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.table import Table

from benchmarks import aftermath
from benchmarks.console import wide
from benchmarks.merchant import EVENTS_PER_PAYMENT, receiving
from benchmarks.processes import Command, plainly
from benchmarks.row import Row
from benchmarks.servers import running, started
from benchmarks.table import GROUPS
from benchmarks.trade import Shop, listen
from benchmarks.usage import spent

RESULTS = Path(__file__).parent / "results"
APIS, WORKERS = (1, 2, 3), (1, 2)
WARM_UP, COUNT = 1_000, 4_000
DRAIN_S = 300.0


def several(role: str, count: int) -> str:
    return f"{role} --workers {count}"


def accepting(apis: int, repeats: int) -> Row:
    """Payments accepted by so many API processes behind one port, with no worker."""
    row = Row(f"api-{apis}", f"accepted, {apis} API")

    def launch(role: str, env: dict[str, str]) -> tuple[Command, dict[str, str]]:
        return plainly(several("api", apis) if role == "api" else role, env)

    with running(launch=launch) as bench:
        shop = Shop(bench)
        shop.pay(WARM_UP)
        for _ in range(repeats):
            row.add(shop.pay(COUNT))
        with started(bench, "worker"), started(bench, "scheduler"):
            aftermath.check(bench, shop.accepted)
    return row


def completing(workers: int, repeats: int) -> Row:
    """Payments of one API, from the first request to the last of their events, by so many worker processes."""
    row = Row(f"worker-{workers}", f"complete, {workers} worker")
    with receiving() as receiver, running(several("worker", workers), "scheduler") as bench:
        bench.groups["receiver"] = [receiver.pid]
        listen(bench, receiver.url)
        shop = Shop(bench)
        shop.pay(WARM_UP)
        for _ in range(repeats):
            receiver.wait_for(shop.accepted * EVENTS_PER_PAYMENT, DRAIN_S)
            aftermath.drain(bench)
            requests, began = shop.requests(COUNT), time.monotonic()
            with spent(bench.groups) as used:
                result = shop.send(requests)
                receiver.wait_for(shop.accepted * EVENTS_PER_PAYMENT, DRAIN_S)
                seconds = time.monotonic() - began
            row.note(COUNT, COUNT / seconds, used | {"load": result.cpu_s["load"]})
        aftermath.check(bench, shop.accepted, receiver.events())
    return row


def table(rows: Sequence[Row]) -> Table:
    title = f"Payments a second over processes, on {os.cpu_count()} cores; processor µs a payment"
    shown = Table(title=title, title_justify="left")
    for column in ("what", "median/s", "to the first", *GROUPS, "all"):
        shown.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        first = next(other for other in rows if other.name.split("-")[0] == row.name.split("-")[0])
        costs = [f"{row.cpu_us[group]:,.0f}" if group in row.cpu_us else "" for group in GROUPS]
        rate = median(row.per_second)
        ratio = f"{rate / median(first.per_second):.2f}"
        shown.add_row(row.what, f"{rate:,.0f}", ratio, *costs, f"{sum(row.cpu_us.values()):,.0f}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    console = wide()
    with console.status("") as status:
        rows = []
        for apis in APIS:
            status.update(f"{apis} API processes")
            rows.append(accepting(apis, options.repeats))
        for workers in WORKERS:
            status.update(f"{workers} worker processes")
            rows.append(completing(workers, options.repeats))
    console.print(table(rows))
    RESULTS.mkdir(exist_ok=True)
    document = {"cores": os.cpu_count(), "rows": [row.document() for row in rows]}
    (RESULTS / "scale.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
