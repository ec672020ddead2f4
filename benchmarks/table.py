"""The one table that `make bench` prints."""

from collections.abc import Iterable, Sequence
from statistics import median

from rich.table import Table

from benchmarks.row import Row

COLUMNS = ("what", "goal", "min", "median", "of limit", "p50 ms", "p99 ms", "CPU s/1,000", "MB", "reached")
TOOLS = ("load", "receiver")
GROUPS = ("api", "worker", "scheduler", "postgres", "valkey", *TOOLS)


def figures(rows: Iterable[Row]) -> Table:
    table = Table(title="Figures: medians of several measurements, and the lowest rate", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("what", "goal") else "right")
    for row in rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: Row) -> Sequence[str]:
    cpu_s = sum(used for group, used in row.cpu_us.items() if group not in TOOLS) / 1000
    return (
        row.what, str(row.goal),
        f"{min(row.per_second):,.0f}" if row.per_second else "",
        f"{median(row.per_second):,.0f}" if row.per_second else "",
        f"{median(row.of_limit):.0%}" if row.of_limit else "",
        f"{median(row.p50_ms):.1f}" if row.p50_ms else "",
        f"{median(row.p99_ms):.1f}" if row.p99_ms else "",
        f"{cpu_s:.2f}" if cpu_s else "",
        f"{sum(row.mb.values()):.0f}" if row.mb else "",
        {True: "yes", False: "[red]no[/red]", None: ""}[row.reached],
    )  # fmt: skip


def costs(rows: Iterable[Row]) -> Table:
    """Who used the processor."""
    table = Table(title="Processor time, µs an operation", title_justify="left")
    for column in ("what", *GROUPS):
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        if row.cpu_us:
            table.add_row(row.what, *(f"{row.cpu_us[g]:,.0f}" if g in row.cpu_us else "" for g in GROUPS))
    return table
