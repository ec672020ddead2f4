"""Writes the newest figures into the documentation, between its marks: `python -m benchmarks.render`."""

import argparse
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
GROUPS = ("api", "worker", "scheduler", "postgres", "valkey")
ROOMS = 20


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first column is words, the others are figures."""
    lines = [columns, ["---", *["--:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figures(rows: list[dict[str, Any]]) -> str:
    columns = ("What", "Goal", "Least", "Median", "p50", "p99", "CPU s per 1,000", "Reached")
    return markdown(columns, (_figures(row) for row in rows))


def _figures(row: dict[str, Any]) -> Sequence[str]:
    rates, cpu_us = row["per_second"], sum(us for name, us in row["cpu_us"].items() if name in GROUPS)
    middle = f"{median(rates):,.0f}/s" if rates else ""
    if row["of_limit"]:
        middle += f", {median(row['of_limit']):.0%} of the limit"
    if row["mb"]:
        middle = f"{sum(row['mb'].values()):.0f} MB"
    return (
        row["what"], row["goal"], f"{min(rates):,.0f}/s" if rates else "", middle,
        *(f"{median(row[name]):.1f} ms" if row[name] else "" for name in ("p50_ms", "p99_ms")),
        f"{cpu_us / 1000:.2f}" if cpu_us else "", {True: "yes", False: "no", None: ""}[row["reached"]],
    )  # fmt: skip


# What each row is called where there is no room for the conditions that all of them share.
IN_SHORT = {
    "accept": "`POST /api/v1/payments`, a new order and key each, 32 connections, worker stopped",
    "limit": "the same rows by `pgbench`, prepared, one commit each",
    "working": "with worker and one endpoint that hears everything",
    "alone": "one connection, worker stopped",
    "orders": "`POST /api/v1/orders`, 32 connections",
    "get": "`GET /api/v1/payments/{id}`, 32 connections",
    "complete": "payments complete: processed, all four webhooks delivered and logged, for a minute",
    "arrival": "from accepted to `payment.success` at the receiver, at 100 payments/s",
    "deliveries": "webhook deliveries alone",
    "memory": "memory of API, worker and scheduler after all that",
}


def in_short(rows: list[dict[str, Any]]) -> str:
    """One figure each, or what the goal is about."""
    by_name = {row["name"]: row for row in rows}
    lines = [[what, _in_short(name, by_name[name])] for name, what in IN_SHORT.items()]
    return markdown(("On two cores, with all of that on them", "Reached"), lines)


def _in_short(name: str, row: dict[str, Any]) -> str:
    if row["mb"]:
        return f"{sum(row['mb'].values()):.0f} MB"
    rate = [] if name in ("alone", "arrival") else [f"{median(row['per_second']):,.0f}/s"]
    waits = (f"{each[:3]} {median(row[each]):.1f} ms" for each in ("p50_ms", "p99_ms") if row[each])
    return ", ".join([*rate, *waits])


def costs(rows: list[dict[str, Any]]) -> str:
    names = (*GROUPS, "load", "receiver")
    measured = (row for row in rows if row["cpu_us"])
    cells = ([row["what"], *(_us(row["cpu_us"].get(name)) for name in names)] for row in measured)
    return markdown(("Processor µs each", *names), cells)


def profile(seen: list[dict[str, Any]]) -> str:
    rooms = list(dict.fromkeys(room for each in seen for room in each["rooms_us"]))
    rooms.sort(key=lambda room: -sum(each["rooms_us"].get(room, 0) for each in seen[1:]))
    lines = [[room, *(_us(each["rooms_us"].get(room)) for each in seen)] for room in rooms[:ROOMS]]
    lines.append(["**the process**", *(_us(each["cpu_us"]) for each in seen)])
    lines.append(["PostgreSQL besides", *(_us(each["postgres_us"]) for each in seen)])
    for name in ("trips", "statements", "transactions", "wal_bytes", "group"):
        lines.append([COUNTED[name], *(_count(each[name]) for each in seen)])
    return markdown(("µs each", *(each["what"] for each in seen)), lines)


COUNTED = {
    "trips": "round trips to PostgreSQL", "statements": "statements", "transactions": "transactions",
    "wal_bytes": "bytes of WAL", "group": "operations in a group of commits",
}  # fmt: skip


def scale(document: dict[str, Any]) -> str:
    lines = [
        [row["what"], f"{median(row['per_second']):,.0f}/s", _us(sum(row["cpu_us"].values()))]
        for row in document["rows"]
    ]
    return markdown((f"On {document['cores']} cores", "Median", "Processor µs a payment"), lines)


def large(result: dict[str, Any]) -> str:
    """What it took, then what one more payment costs, then how long lists and look-ups take."""
    told = [
        f"{result['payments']:,} payments, {result['gb']:.0f} GB, filled in {result['filled_s'] / 60:.0f} minutes."
    ]
    if run := result.get("verify"):
        told.append(
            f"`gateway verify` went through them in {run['seconds']:.0f} s ({run['payments_per_second']:,}/s) with"
            f" {run['peak_mb']} MB at most."
        )
    costs = [
        [
            what.removesuffix("_us"),
            *(f"{figure[name]:,.0f}" for name in ("empty", "filled")),
            f"{figure['ratio']:.3f}",
        ]
        for what, figure in result.get("costs", {}).items()
    ]
    reads = [[row["what"], *(f"{row[name]:.2f}" for name in READ)] for row in result.get("reads", ())]
    return "\n\n".join(
        [" ".join(told), markdown(("A payment, µs", "Empty", "Filled", "Ratio"), costs),
         markdown(("Lists and look-ups, ms", *READ), reads)]
    )  # fmt: skip


READ = ("empty p50", "filled p50", "empty p95", "filled p95")


def soak(result: dict[str, Any]) -> str:
    """The memory of each process over the run, in six places."""
    minutes = result["minutes"]
    shown = [minutes[round(place * (len(minutes) - 1) / 5)] for place in range(6)]
    groups = ("api", "worker", "scheduler")
    lines = [
        [f"{each['at_s'] / 60:.0f}", *(f"{each['own_mb'][group]:.1f}" for group in groups),
         f"{sum(each['mb'][group] for group in groups):.0f}", f"{each['p50_ms']:.1f}", f"{each['p99_ms']:.1f}"]
        for each in shown
    ]  # fmt: skip
    told = f"{len(minutes)} minutes at {result['per_second']:.0f} payments/s."
    return (
        told
        + "\n\n"
        + markdown(
            ("Minute", *(f"{group} MB" for group in groups), "all, with what they share", "p50 ms", "p99 ms"),
            lines,
        )
    )


def _us(us: float | None) -> str:
    return f"{us:,.0f}" if us else ""


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


PAGES: dict[str, dict[str, tuple[str, Callable[[Any], str]]]] = {
    "README.md": {"in short": ("bench", in_short)},
    "docs/performance.md": {
        "figures": ("bench", figures), "costs": ("bench", costs), "profile": ("profile", profile),
        "scale": ("scale", scale), "large": ("large", large), "soak": ("soak", soak),
    },
}  # fmt: skip


def filled(page: str, name: str, table: str) -> str:
    """The page with that table between its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    assert begin in page and end in page, name
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{table}\n{end}", page, flags=re.DOTALL)


def rendered(where: str) -> str:
    """The page as it should be."""
    page = (ROOT / where).read_text()
    for name, (source, table) in PAGES[where].items():
        page = filled(page, name, table(json.loads((RESULTS / f"{source}.json").read_text())))
    return page


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    for where in PAGES:
        (ROOT / where).write_text(rendered(where))


if __name__ == "__main__":
    main()
