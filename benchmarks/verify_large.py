"""How long `gateway verify` takes, and how much memory: `python -m benchmarks.verify_large --payments 1000000`."""

import argparse
import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.embedded import start_postgres
from adapters.postgres.migrate import upgrade
from adapters.simulator.postgres_book import PostgresBook
from benchmarks.verify_fill import fill

RESULTS = Path(__file__).parent / "results"
GOAL, GOAL_S, GOAL_MB = 10_000_000, 600, 300


@contextmanager
def filled(payments: int) -> Iterator[str]:
    """A database of that size, on a server with PostgreSQL's own settings except where only filling it gains."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-verify-"))
    folder.chmod(0o755)
    server = start_postgres(folder, settings={"fsync": "off", "max_wal_size": "8GB"})
    try:
        upgrade(server.url)
        asyncio.run(_make_book(server.url))
        fill(server.url, payments)
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _make_book(url: str) -> None:
    book = PostgresBook(url)
    await book.prepare()
    await book.close()


def verify(url: str) -> dict[str, Any]:
    """The command as operators run it, and what it took."""
    env = os.environ | {
        "GATEWAY_DATABASE_URL": url,
        "GATEWAY_SIMULATOR_BOOK": "true",
        "GATEWAY_PEPPER": "p" * 32,
        "GATEWAY_ENCRYPTION_KEYS": f"bench:{'A' * 43}=",
    }
    began = time.monotonic()
    command = [sys.executable, "-m", "entrypoints.cli", "verify", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    checked = json.loads(done.stdout)["checked"]
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": round(seconds, 1), "peak_mb": round(peak_kb / 1024), "checked": checked}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    options = parser.parse_args()
    began = time.monotonic()
    with filled(options.payments) as url:
        filled_s = time.monotonic() - began
        runs = [verify(url) for _ in range(2)]  # as PostgreSQL has it in memory, and again
    table = Table("run", "payments/s", "rows/s", "peak MB", f"for {GOAL:,} payments", title="gateway verify")
    for number, run in enumerate(runs, start=1):
        rate = options.payments / run["seconds"]
        run["payments_per_second"] = round(rate)
        run["goal_s"] = round(GOAL / rate)
        rows = sum(run["checked"].values()) / run["seconds"]
        goal = f"{run['goal_s']} s (at most {GOAL_S}), {run['peak_mb']} MB (at most {GOAL_MB})"
        table.add_row(str(number), f"{rate:,.0f}", f"{rows:,.0f}", str(run["peak_mb"]), goal)
    console = Console()
    console.print(table)
    console.print(f"{options.payments:,} payments were made in {filled_s:.0f} s.")
    RESULTS.mkdir(exist_ok=True)
    result = {"payments": options.payments, "runs": runs}
    (RESULTS / "verify_large.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
