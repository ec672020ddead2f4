"""Writes the rows of one payment as a transaction that pgbench can repeat with ids of its own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.limit.recording import Change

MARK = "§"  # where the number of an id goes
DIGITS = 15
CLIENTS = 100  # so many count side by side without using a number twice
# Each client counts by itself, so that ids grow with time, as the gateway's do.
HEAD = rf"""\set i :i + 1
\set n :i * {CLIENTS} + :client_id
BEGIN;
"""


@dataclass(frozen=True)
class Template:
    """Rows that were recorded at a time, and which of their ids were new with them."""

    ids: list[str]
    at: datetime

    def cells(self, row: dict[str, Any], types: dict[str, str], number: str) -> dict[str, str]:
        """Each column's value in SQL, its ids carrying this number. What the database fills in is left to it."""
        return {
            name: self._cell(value, types[name], number)
            for name, value in row.items()
            if value is not None and types[name] != "xid8"
        }

    def _cell(self, value: Any, kind: str, number: str) -> str:
        if kind == "timestamp with time zone":
            after_s = round((datetime.fromisoformat(value) - self.at).total_seconds())
            return f"now() + INTERVAL '{after_s}s'" if after_s else "now()"
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for index, id in enumerate(self.ids):
            text = text.replace(id, f"{id.rpartition('_')[0]}_{MARK}{index:x}")
        filled = literal(text)
        if MARK in text:
            filled = f"replace({filled}, '{MARK}', lpad({number}, {DIGITS}, '0'))"
        return filled if kind == "text" else f"CAST({filled} AS {kind})"


def template(changes: Iterable[Change], at: datetime) -> Template:
    """The ids in it are those of the rows that the payment made or changed; merchants and keys stay as they are."""
    ids = [(change.after or {}).get("id", "") for change in changes]
    new = [id for id in ids if ":" not in id and id]
    assert len(new) <= 16, "an id says its place in one digit"
    return Template(new, at)


def transaction(changes: list[Change], template: Template) -> str:
    """One statement for the rows that a table gains, and one for each row that changes."""
    statements = []
    for change in changes:
        assert change.after is not None, f"{change.verb} of {change.table}"
        if change.verb == "UPDATE":
            statements.append(_update(change, template))
    for table in dict.fromkeys(change.table for change in changes if change.verb == "INSERT"):
        rows = [change for change in changes if (change.table, change.verb) == (table, "INSERT")]
        statements.append(insert(rows, template, ":n", "after"))
    return HEAD + "".join(f"{statement};\n" for statement in statements) + "COMMIT;\n"


def insert(changes: list[Change], template: Template, number: str, which: str, source: str = "") -> str:
    """Rows as they were before or after; with a `source` of numbers, as many as it has."""
    rows = [template.cells(getattr(change, which), change.types, number) for change in changes]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    values = [", ".join(row.get(name, "NULL") for name in columns) for row in rows]
    into = f"INSERT INTO {changes[0].table} ({', '.join(columns)})"
    if source:
        return " UNION ALL ".join(f"{into} SELECT {value} FROM {source}" for value in values)
    return f"{into} VALUES " + ", ".join(f"({value})" for value in values)


def _update(change: Change, template: Template) -> str:
    assert change.before is not None and change.after is not None
    cells = template.cells(change.after, change.types, ":n")
    changed = [name for name, value in change.after.items() if value != change.before[name]]
    values = ", ".join(f"{name} = {cells.get(name, 'NULL')}" for name in changed)
    version = change.before.get("version")
    unchanged = f" AND version = {version}" if version is not None else ""
    return f"UPDATE {change.table} SET {values} WHERE id = {cells['id']}{unchanged}"


def literal(text: str) -> str:
    """A string of SQL in which pgbench finds no variable."""
    quoted = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{quoted}'"
