"""All the figures, each against its goal: `python -m benchmarks.bench`, or `--only accept,limit` for some of them."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from rich.console import Console

from benchmarks import table
from benchmarks.figures import Uncounted
from benchmarks.row import Row
from benchmarks.rows import deliveries, door, pipeline

RESULTS = Path(__file__).parent / "results"
FAMILIES = (door, pipeline, deliveries)
NAMES = [name for family in FAMILIES for name in family.GOALS]
WIDTH = 170  # where the output is no terminal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="of what takes seconds")
    parser.add_argument("--only", default=",".join(NAMES), help=f"of {', '.join(NAMES)}")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := {*wanted} - {*NAMES}:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    console, began, rows = Console(), time.monotonic(), []
    if not console.is_terminal:
        console.width = WIDTH
    for family in FAMILIES:
        chosen = {name: Row(name, *goal) for name, goal in family.GOALS.items() if name in wanted}
        if chosen:
            with console.status("") as status:
                _measure(family, chosen, options.repeats, status.update)
            rows += chosen.values()
    console.print(table.figures(rows))
    console.print(table.costs(rows))
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    console.print(f"{minutes}:{seconds:02} minutes.")
    _write(rows, whole=wanted == NAMES)
    if uncounted := {row.uncounted for row in rows if row.uncounted}:
        sys.exit("\n".join(f"What does not count: {why}" for why in sorted(uncounted)))
    console.print("Every payment is settled and delivered; `gateway verify` is clean.")


def _measure(family: ModuleType, rows: dict[str, Row], repeats: int, say: Callable[[str], None]) -> None:
    """A family stands on one gateway: if something is wrong there, none of its figures counts."""
    try:
        family.measure(rows, repeats, say)
    except Uncounted as why:
        for row in rows.values():
            row.uncounted = f"{', '.join(rows)}: {why}"


def _write(rows: list[Row], *, whole: bool) -> None:
    """Some rows alone are written beside the whole table, not over it."""
    RESULTS.mkdir(exist_ok=True)
    document = json.dumps([row.document() for row in rows], indent=1)
    (RESULTS / ("bench.json" if whole else "bench-some.json")).write_text(document + "\n")


if __name__ == "__main__":
    main()
