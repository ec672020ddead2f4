"""How the command line speaks: tables and colours to a person, plain lines and JSON to a program."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """A line exactly as it is: never wrapped, never read as markup, its tabs left alone (a `Text` expands them)."""
    out.print(Segments([Segment(line), Segment.line()]), end="", soft_wrap=True)


def say_plainly(line: str) -> None:
    """A line for a program, with its tabs, which rich would turn into spaces."""
    out.file.write(line + "\n")
    out.file.flush()


def done(what: str) -> None:
    """A line about what has worked."""
    line = Text("✓ ", style="green")
    line.append(what, style="default")
    out.print(line, soft_wrap=True)


def note(line: str) -> None:
    """A line beside the result, for whoever looks on."""
    err.print(Text(line), soft_wrap=True)


def complain(what: str, do: str) -> None:
    """What is wrong on the first line, what to do on the second."""
    err.print(Text(what, style="bold red"), soft_wrap=True)
    if do:
        err.print(Text(do), soft_wrap=True)


def show(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """A table where a person reads; otherwise a line per row, its cells apart by tabs."""
    if not out.is_terminal:
        for row in (columns, *rows):
            say_plainly("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    table = Table(*columns, box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def show_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False))
