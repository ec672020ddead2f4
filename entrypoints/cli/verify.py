"""`gateway verify`: whether all of the gateway's rows, and the processors' books, are as they must be."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from entrypoints.cli.console import complain, err, out, say, show, show_json
from entrypoints.cli.once import once
from entrypoints.cli.troubles import Exit, Trouble
from entrypoints.cli.verify_words import WORDS

if TYPE_CHECKING:
    from config.container import Gateway
    from core.use_cases.verdict import Note, Verdict
    from ports.verification import Difference

COLUMNS = ("Rule", "Ids", "What differs", "What it means", "What to do")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def verify(
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only what was made since: 15m, 2h, 7d, or a time.")
    ] = None,
    book: Annotated[
        bool, typer.Option("--book/--no-book", help="Compare with the processors' books.")
    ] = True,
) -> None:
    """Check all rows against the invariants, and against the processors' books.

    It only reads, and may run beside a gateway at work. Exit code 0: nothing differs; 1: something does.
    """
    wanted = _when(since) if since else None

    async def task(gateway: "Gateway") -> "Verdict":
        from_ = gateway.clock()() - wanted if isinstance(wanted, timedelta) else wanted
        with _progress() as note:
            verdict: Verdict = await gateway.verify()(since=from_, books=book, note=note)
        return verdict

    began = monotonic()
    verdict = once(task)
    (_show_document if json else _show)(verdict, monotonic() - began)
    if verdict.differences:
        for why in verdict.unread:
            complain(f"The {why}", "")
        raise typer.Exit(Exit.FAILED)
    if verdict.unread:
        raise Trouble(
            f"The {verdict.unread[0]}", "Nothing else differs. Without books: --no-book", Exit.UNAVAILABLE
        )


def _when(text: str) -> timedelta | datetime:
    """Raises Trouble for what is neither a span nor a time."""
    span = re.fullmatch(r"(\d{1,5})([smhd])", text)
    try:
        if span:
            return timedelta(**{UNITS[span[2]]: int(span[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Trouble(
            f"--since {text} is no time.", "Such as 15m, 2h, 7d or 2030-01-31T09:00.", Exit.USAGE
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@contextmanager
def _progress() -> Iterator["Note"]:
    """A bar for each thing that is gone through, while a person looks on."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def note(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=None)
            # How many there are is an estimate, and 0 when nobody has counted yet.
            progress.update(tasks[what], completed=done, total=max(total, done) if total else None)

        yield note


def _show(verdict: "Verdict", seconds: float) -> None:
    checked = ", ".join(f"{count:,} {what}" for what, count in verdict.checked.items())
    if not verdict.differences:
        say(f"Nothing differs. Checked in {seconds:.1f} s: {checked}.")
    elif not out.is_terminal:
        show(COLUMNS, map(_row, verdict.differences))
    else:
        for rule, found in groupby(verdict.differences, key=lambda difference: difference.rule):
            means, do = WORDS[rule]
            out.print(Text.assemble((rule, "bold red"), f"  {means}"), soft_wrap=True)
            out.print(Text(do), soft_wrap=True)
            table = Table("Ids", "What differs", box=SIMPLE_HEAD, pad_edge=False)
            for difference in found:
                table.add_row(Text("\n".join(difference.ids), overflow="fold"), Text(difference.how))
            out.print(table)
        say(f"{len(verdict.differences)} differences. Checked in {seconds:.1f} s: {checked}.")
    for rule in verdict.more:
        say(f"{rule}: there are more.")


def _row(difference: "Difference") -> tuple[str, ...]:
    return difference.rule, " ".join(difference.ids), difference.how, *WORDS[difference.rule]


def _show_document(verdict: "Verdict", seconds: float) -> None:
    show_json({
        "clean": not verdict.differences and not verdict.unread,
        "seconds": round(seconds, 1),
        "checked": verdict.checked,
        "unread": verdict.unread,
        "more": verdict.more,
        "differences": [_document(difference) for difference in verdict.differences],
    })  # fmt: skip


def _document(difference: "Difference") -> dict[str, Any]:
    means, do = WORDS[difference.rule]
    return {
        "rule": difference.rule, "invariant": difference.rule.invariant, "ids": difference.ids,
        "how": difference.how, "means": means, "do": do,
    }  # fmt: skip
