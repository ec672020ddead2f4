"""How long `gateway verify` takes, and how much memory: `python -m benchmarks.verify_large --payments 1000000`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters.embedded import start_postgres
from benchmarks.large_site import Filled, filled

RESULTS = Path(__file__).parent / "results"
GOAL, GOAL_S, GOAL_MB = 10_000_000, 600, 300


def verify(large: Filled, *, times: int = 1) -> list[dict[str, Any]]:
    """The command as operators run it, on a server with PostgreSQL's own settings, and what it took each time."""
    server = start_postgres(large.path)
    try:
        return [_verified(server.url, large) for _ in range(times)]
    finally:
        server.stop()


def _verified(url: str, large: Filled) -> dict[str, Any]:
    env = os.environ | {"GATEWAY_DATABASE_URL": url, **large.settings}
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "entrypoints.cli", "verify", "--json"]
        process = subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        said.seek(0)
        document = said.read().decode()
    if status:
        raise SystemExit(document)
    run = {"seconds": round(seconds, 1), "peak_mb": round(usage.ru_maxrss / 1024)}
    run["payments_per_second"] = round(large.payments / seconds)
    run["goal_s"] = round(GOAL * seconds / large.payments)
    return run | {"checked": json.loads(document)["checked"]}


def table(runs: list[dict[str, Any]]) -> Table:
    shown = Table("run", "payments/s", "rows/s", "peak MB", f"for {GOAL:,} payments", title="gateway verify")
    for number, run in enumerate(runs, start=1):
        rows = sum(run["checked"].values()) / run["seconds"]
        goal = f"{run['goal_s']} s (at most {GOAL_S}), {run['peak_mb']} MB (at most {GOAL_MB})"
        shown.add_row(
            str(number), f"{run['payments_per_second']:,}", f"{rows:,.0f}", str(run["peak_mb"]), goal
        )
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gateway-verify-"))
    try:
        large = filled(folder, options.payments)
        runs = verify(large, times=2)  # as PostgreSQL has it in memory, and again
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console = Console()
    console.print(table(runs))
    console.print(f"{options.payments:,} payments were made in {large.seconds:.0f} s.")
    RESULTS.mkdir(exist_ok=True)
    result = {"payments": options.payments, "runs": runs}
    (RESULTS / "verify_large.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
