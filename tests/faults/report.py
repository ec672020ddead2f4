"""The table that a run ends with, and the same as JSON."""

import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.run import Row
from tests.faults.scenario import Fault

RESULTS = Path(__file__).parent / "results"
SHOWN = 6  # sentences of a row that failed
COLUMNS = ("payments", "in flight", "lost", "doubled", "wrong", "rows verified", "drained s", "took s")


def show(console: Console, rows: Iterable[Row]) -> None:
    table = Table("fault", title="Faults on real processes", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    table.add_column("what the client heard besides answers")
    for row in rows:
        table.add_row(
            f"{'' if row.passed else '[red]✗ [/]'}{row.fault}", str(row.payments), str(row.in_flight),
            _red(len(row.lost)), _red(len(row.doubled)), _red(len(row.wrong)),
            f"{row.verified:,}", _drained(row), f"{row.seconds:g}", _heard(row),
        )  # fmt: skip
    console.print(table)


def announce(console: Console, fault: Fault, place: int, of: int) -> None:
    """A line for each scenario as it begins."""
    console.print(f"{place:2}/{of} {fault.name} [dim]{fault.words}[/]")


def tell(console: Console, row: Row) -> None:
    """A line for each scenario as it ends, and what is not as it must be."""
    console.print(
        f"  {'[green]✓[/]' if row.passed else '[red]✗[/]'} {row.payments} payments, {row.in_flight} of them in flight;"
        f" lost {len(row.lost)}, doubled {len(row.doubled)}, wrong {len(row.wrong)};"
        f" drained in {_drained(row)} s, {row.seconds:g} s in all"
    )
    for remark in row.remarks:
        console.print(f"  {remark}", style="dim", markup=False)
    for kind in ("lost", "doubled", "wrong"):
        sentences: list[str] = getattr(row, kind)
        for sentence in sentences[:SHOWN]:
            console.print(f"  {kind}: {sentence}", style="red", markup=False, soft_wrap=True)
        if len(sentences) > SHOWN:
            console.print(f"  and {len(sentences) - SHOWN} more", style="red")


def keep(rows: list[Row], name: str = "faults") -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps([row.to_json() for row in rows], indent=1) + "\n")
    return path


def _drained(row: Row) -> str:
    return "–" if row.drain_s is None else f"{row.drain_s:g}"


def _heard(row: Row) -> str:
    parts = (
        f"{count} × {what} (≤ {row.slowest_s.get(what, 0):.1f} s)"
        for what, count in sorted(row.heard.items())
    )
    return ", ".join(parts) or "nothing"


def _red(number: int) -> str:
    return f"[red]{number}[/]" if number else "0"
