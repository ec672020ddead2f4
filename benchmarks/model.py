"""Predicts throughput from measured costs, and says by how much it errs: `python -m benchmarks.model`.

Three things can be full: a process (one core of Python), the cores of the machine, or those of PostgreSQL when it has
a machine of its own. What is full first sets the rate.
"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from benchmarks.console import wide

RESULTS = Path(__file__).parent / "results"
PROCESSES = ("api", "worker", "scheduler")
STORES = ("postgres", "valkey")
Costs = Mapping[str, float]  # processor microseconds an operation, by process group


@dataclass(frozen=True)
class Site:
    """So many processes, and cores; with `database_cores` PostgreSQL and Valkey have a machine of their own."""

    apis: int
    workers: int
    cores: float
    database_cores: float | None = None


@dataclass(frozen=True)
class Prediction:
    per_second: float
    full: str


def predict(costs: Costs, site: Site) -> Prediction:
    """Operations a second, and what is full then."""
    stores_us = sum(costs.get(name, 0.0) for name in STORES)
    here_us = sum(costs.values()) - (stores_us if site.database_cores else 0.0)
    limits = {
        "cores": site.cores * 1e6 / here_us,
        "API processes": _limit(site.apis, costs.get("api", 0.0)),
        "worker processes": _limit(site.workers, costs.get("worker", 0.0)),
    }
    if site.database_cores:
        limits["PostgreSQL's cores"] = _limit(site.database_cores, stores_us)
    full = min(limits, key=lambda name: limits[name])
    return Prediction(limits[full], full)


def _limit(cores: float, us: float) -> float:
    return cores * 1e6 / us if us else float("inf")


@dataclass(frozen=True)
class Grouped:
    """What an operation costs by itself, and what a group of them costs whatever its size."""

    each_us: float
    group_us: float

    def at(self, size: float) -> float:
        return self.each_us + self.group_us / size


def grouped(alone_us: float, many_us: float, size: float) -> Grouped:
    """From the costs of an operation that was alone, and of one in a group of that size."""
    group_us = (alone_us - many_us) / (1 - 1 / size)
    return Grouped(alone_us - group_us, group_us)


def wait_us(per_second: float, size: float, each_us: float) -> float:
    """What a commit takes besides its rows, if so many gathered during one: Little's law."""
    return max(0.0, size / per_second * 1e6 - each_us * size)


def size_at(per_second: float, wait_us: float, each_us: float) -> float:
    """How many gather while a commit is under way, which takes longer the more there are in it."""
    arrivals = per_second / 1e6
    return max(1.0, arrivals * wait_us / (1 - min(0.99, arrivals * each_us)))


def comparisons(rows: Mapping[str, Any], scale: Mapping[str, Any], cores: int) -> list[tuple[str, Any, Site]]:
    """What was measured: its name, its row, and on what it ran."""
    found = [
        ("accept", rows["accept"], Site(1, 0, cores)),
        ("complete", rows["complete"], Site(1, 1, cores)),
        ("deliveries", rows["deliveries"], Site(1, 1, cores)),
    ]
    for name, row in scale.items():
        role, count = name.split("-")
        site = Site(int(count), 0, cores) if role == "api" else Site(1, int(count), cores)
        found.append((name, row, site))
    return found


def errors(rows: Mapping[str, Any], scale: Mapping[str, Any], cores: int) -> Table:
    table = Table(title=f"Predicted and measured on {cores} cores, a second", title_justify="left")
    for column in ("what", "full first", "predicted", "measured", "error"):
        table.add_column(column, justify="left" if column in ("what", "full first") else "right")
    known = {
        "api": rows["accept"],
        "worker": rows["complete"],
    }  # costs of one process stand for those of several
    for name, row, site in comparisons(rows, scale, cores):
        costs = known.get(name.split("-")[0], row)["cpu_us"]
        predicted, measured = predict(costs, site), median(row["per_second"])
        error = f"{predicted.per_second / measured - 1:+.0%}"
        table.add_row(row["what"], predicted.full, f"{predicted.per_second:,.0f}", f"{measured:,.0f}", error)
    return table


def larger(rows: Mapping[str, Any]) -> Table:
    """Without the load generator and the receiver, which are others' there."""
    ours = {name: us for name, us in rows["complete"]["cpu_us"].items() if name in (*PROCESSES, *STORES)}
    table = Table(title="Complete payments a second elsewhere, predicted", title_justify="left")
    for column in ("API", "worker", "cores", "PostgreSQL's cores", "predicted", "full first"):
        table.add_column(column, justify="right")
    for site in (Site(1, 1, 2), Site(1, 2, 4), Site(2, 4, 8, 4), Site(4, 8, 16, 8), Site(8, 16, 32, 16)):
        predicted = predict(ours, site)
        database = f"{site.database_cores:g}" if site.database_cores else "among them"
        cells = (str(site.apis), str(site.workers), f"{site.cores:g}", database)
        table.add_row(*cells, f"{predicted.per_second:,.0f}", predicted.full)
    return table


def groups(rows: Mapping[str, Any], profile: Mapping[str, Any]) -> Table:
    """How commits fill as load grows on one API process, and what that saves."""
    accept, alone = rows["accept"], rows["alone"]
    size, most = profile["request, 32"]["group"], median(accept["per_second"])
    api, postgres = (
        grouped(alone["cpu_us"][name], accept["cpu_us"][name], size) for name in ("api", "postgres")
    )
    commit_us = wait_us(most, size, postgres.each_us)
    table = Table(title="Groups of commits over load, one API process, predicted", title_justify="left")
    for column in ("payments/s", "in a group", "API µs", "PostgreSQL µs"):
        table.add_column(column, justify="right")
    for share in (0.05, 0.1, 0.25, 0.5, 0.75, 1.0):
        gathered = size_at(share * most, commit_us, postgres.each_us)
        costs = (f"{each.at(gathered):,.0f}" for each in (api, postgres))
        table.add_row(f"{share * most:,.0f}", f"{gathered:.1f}", *costs)
    return table


def read(name: str) -> Any:
    try:
        return json.loads((RESULTS / f"{name}.json").read_text())
    except FileNotFoundError:
        raise SystemExit(
            f"{name}.json is missing: python -m benchmarks.{'profiling' if name == 'profile' else name}"
        ) from None


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = {row["name"]: row for row in read("bench")}
    profile = {each["what"]: each for each in read("profile")}
    scale = read("scale")
    console = wide()
    console.print(
        errors(rows, {row["name"]: row for row in scale["rows"]}, scale["cores"] or os.cpu_count() or 1)
    )
    console.print(groups(rows, profile))
    console.print(larger(rows))


if __name__ == "__main__":
    main()
