"""All the figures, each against its goal: `python -m benchmarks.bench`, or `--only accept` for some of them."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from benchmarks import table
from benchmarks.row import Row
from benchmarks.rows import door
from benchmarks.servers import running

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with running() as bench:
        rows = door.rows()
        door.warm_up(bench)
        for _ in range(options.repeats):
            door.once(bench, rows)
    show(list(rows.values()))


def show(rows: list[Row]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = 180
    console.print(table.figures(rows))
    console.print(table.costs(rows))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "bench.json").write_text(json.dumps([row.document() for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    main()
