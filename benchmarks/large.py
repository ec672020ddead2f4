"""Ten million payments: filled, verified, and what another one costs then: `python -m benchmarks.large`."""

import argparse
import json
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.console import wide
from benchmarks.large_costs import Side, compare, latencies
from benchmarks.large_site import Filled, both, filled, owner
from benchmarks.merchant import receiving
from benchmarks.processes import ended_by_sigterm, gateway
from benchmarks.verify_large import table as of_verify
from benchmarks.verify_large import verify

RESULTS = Path(__file__).parent / "results"
COST_GOAL = 1.15


def measured(large: Filled, turns: int, count: int) -> dict[str, Any]:
    with ExitStack() as stack:
        benches = stack.enter_context(both(large))
        sides = {name: Side(bench, stack.enter_context(receiving())) for name, bench in benches.items()}
        costs = compare(sides, turns, count)
        full = owner(benches["filled"], large)
        reads = latencies({"empty": benches["empty"], "filled": full})
        for bench in benches.values():
            gateway(bench.env, "verify", "--json", "--since", "1h")
    return {"costs": costs, "reads": reads}


def show(console: Console, result: dict[str, Any]) -> None:
    console.print(
        f"{result['payments']:,} payments, {result['gb']:.1f} GB, filled in {result['filled_s'] / 60:.1f} minutes."
    )
    if run := result.get("verify"):
        console.print(of_verify([run]))
    if costs := result.get("costs"):
        table = Table("a payment, µs", "empty", "filled", "ratio", title=f"At most {COST_GOAL}")
        for what, figure in costs.items():
            table.add_row(
                what.removesuffix("_us"), *(str(figure[name]) for name in ("empty", "filled", "ratio"))
            )
        console.print(table)
    if reads := result.get("reads"):
        table = Table(*reads[0], title="Lists and look-ups, ms")
        for row in reads:
            table.add_row(*map(str, row.values()))
        console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where the data is kept for another run, or is from one")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--count", type=int, default=1_500, help="payments in each turn")
    parser.add_argument(
        "--only", choices=["fill", "verify", "cost"], help="one step; the data is filled before it"
    )
    options = parser.parse_args()
    console = wide()
    with ended_by_sigterm(), ExitStack() as stack:
        folder = options.folder
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="gateway-large-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        large = filled(folder, options.payments)
        files = [
            path for path in folder.resolve().rglob("*") if path.is_file() and "pg_wal" not in path.parts
        ]
        gb = sum(path.stat().st_size for path in files) / 1e9
        result: dict[str, Any] = {
            "payments": large.payments,
            "gb": round(gb, 1),
            "filled_s": round(large.seconds),
        }
        if options.only in (None, "verify"):
            [result["verify"]] = verify(large)
        if options.only in (None, "cost"):
            result |= measured(large, options.turns, options.count)
    show(console, result)
    RESULTS.mkdir(exist_ok=True)
    result["at"] = time.strftime("%Y-%m-%d")
    (RESULTS / "large.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
