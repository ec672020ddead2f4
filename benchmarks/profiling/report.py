"""The tables that `make profile` prints."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from rich.table import Table

from benchmarks.profiling.site import Observed

FUNCTIONS, STATEMENTS = 22, 18
SQL_CHARS = 90
# The first that fits says what a statement is about.
_SUBJECTS = [re.compile(words) for words in (
    r"INSERT INTO \w+", r"UPDATE \w+(?= SET)", r"DELETE FROM \w+", r"(?<=FROM )\w+(?= WHERE| ORDER|$)",
)]  # fmt: skip


def rooms(all: Sequence[Observed]) -> Table:
    """By what the innermost frame of ours, or of a library we know, is for."""
    table = _table("Processor time by room, µs each", "room", *(each.what for each in all))
    names = Counter[str]()
    for each in all:
        names.update(
            {room: int(each.cpu_us * each.profile.share(n)) for room, n in each.profile.rooms.items()}
        )
    for room, _ in names.most_common():
        table.add_row(room, *(_us(each, each.profile.rooms[room]) for each in all))
    table.add_section()
    table.add_row("the process", *(f"{each.cpu_us:,.0f}" for each in all))
    table.add_row("PostgreSQL besides", *(f"{each.postgres_us:,.0f}" for each in all))
    return table


def functions(observed: Observed) -> Table:
    """Those with the most time of their own, and those with the most below them."""
    table = _table(f"{observed.what}: functions, µs each", "own", "own time of", "total", "with all it calls")
    table.columns[1].justify = table.columns[3].justify = "left"
    own, total = (counted.most_common(FUNCTIONS) for counted in (observed.profile.own, _inner(observed)))
    for (mine, few), (below, many) in zip(own, total, strict=False):
        table.add_row(_us(observed, few), mine, _us(observed, many), below)
    return table


def _inner(observed: Observed) -> Counter[str]:
    """Without what is below everything: the loop and whatever started it."""
    samples = observed.profile.samples
    return Counter({name: n for name, n in observed.profile.total.items() if n < 0.9 * samples})


def counts(all: Sequence[Observed]) -> Table:
    """What goes between a role and PostgreSQL, and what that does."""
    table = _table(
        "PostgreSQL, for each (rows and transactions are counted up to a second late)",
        "what",
        *(each.what for each in all),
    )
    lines: dict[str, Callable[[Observed], float]] = {
        "round trips": lambda each: each.trips["trips"],
        "bytes sent": lambda each: each.trips["sent_bytes"],
        "bytes received": lambda each: each.trips["received_bytes"],
        "statements": lambda each: each.each(sum(one.calls for one in each.activity.statements)),
        "transactions": lambda each: each.each(each.activity.commits),
        "WAL bytes": lambda each: each.each(each.activity.wal_bytes),
    }
    for what, figure in lines.items():
        table.add_row(what, *(_figure(figure(each)) for each in all))
    table.add_section()
    for name in sorted({name for each in all for name, n in each.activity.rows.items() if any(n.values())}):
        table.add_row(f"rows of {name}", *(_rows(each, name) for each in all))
    return table


def _rows(observed: Observed, table: str) -> str:
    counted = observed.activity.rows.get(table, Counter())
    words = {"inserted": "+", "updated": "~", "deleted": "-"}
    return " ".join(
        f"{sign}{observed.each(counted[what]):.2f}" for what, sign in words.items() if counted[what]
    )


def statements(observed: Observed) -> Table:
    title = f"{observed.what}: statements by PostgreSQL's time"
    table = _table(title, "µs each", "calls each", "rows a call", "statement")
    table.columns[3].justify = "left"
    for one in observed.activity.statements[:STATEMENTS]:
        calls, us = observed.each(one.calls), observed.each(one.ms * 1000)
        table.add_row(f"{us:,.1f}", _figure(calls), f"{one.rows / one.calls:.1f}", _brief(one.sql))
    return table


def _brief(sql: str) -> str:
    """What it writes to or reads, and how it begins."""
    found = next((found for subject in _SUBJECTS if (found := subject.search(sql))), None)
    return f"[bold]{found[0]}[/bold]: {sql[:SQL_CHARS]}" if found else sql[:SQL_CHARS]


def document(all: Sequence[Observed]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "what": each.what,
            "cpu_us": round(each.cpu_us, 1),
            "postgres_us": round(each.postgres_us, 1),
            "rooms_us": {room: _rounded(each, n) for room, n in each.profile.rooms.most_common()},
            "trips": round(each.trips["trips"], 3),
            "statements": round(each.each(sum(one.calls for one in each.activity.statements)), 3),
            "transactions": round(each.each(each.activity.commits), 3),
            "wal_bytes": round(each.each(each.activity.wal_bytes)),
            "group": round(group(each), 2),
        }
        for each in all
    ]


def group(observed: Observed) -> float:
    """How many operations shared a transaction: the rows of one statement that each of them has a row of."""
    for one in observed.activity.statements:
        if re.search(r"INSERT INTO (payments|attempts)|UPDATE payments SET", one.sql):
            return one.rows / one.calls
    return 0.0


def _rounded(observed: Observed, samples: int) -> float:
    return round(observed.cpu_us * observed.profile.share(samples), 1)


def _us(observed: Observed, samples: int) -> str:
    return f"{observed.cpu_us * observed.profile.share(samples):,.0f}" if samples else ""


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", overflow="fold")
    return table
