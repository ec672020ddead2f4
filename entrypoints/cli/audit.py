"""`gateway audit verify`: whether the audit log is what it was when it was sealed."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from core.domain.audit import Seal
from core.domain.snapshot import iso_or_none
from core.use_cases.verify_audit import AuditVerdict, Breach, Broken
from entrypoints.cli.console import complain, err, say, show_json
from entrypoints.cli.once import once
from entrypoints.cli.troubles import Exit, Trouble

if TYPE_CHECKING:
    from config.container import Gateway

# What it means, of the entries that follow it.
WORDS = {
    Breach.CHANGED: "is not what was sealed",
    Breach.REMOVED: "was removed",
    Breach.INSERTED: "was inserted among those that were sealed",
    Breach.REORDERED: "stands in another's place",
    Breach.UNSEALED: "a seal was removed",
    Breach.CUT_OFF: "the log is not the one whose head was noted",
}
assert {*WORDS} == {*Breach}, "every breach has its words"

app = typer.Typer(no_args_is_help=True, help="The log of who did what.")


@app.callback()
def audit() -> None:
    """The log of who did what."""


@app.command("verify")
def verify(
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH", help="A head noted earlier, elsewhere: it must be in the chain still."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Walk the chain of the audit log and report its first broken link.

    It only reads, and may run beside a gateway at work. Exit code 0: the chain holds; 1: it is broken.
    """
    noted = None if anchor is None else _seal(anchor)
    columns = (TextColumn("{task.completed:,.0f} links"), TimeElapsedColumn())

    async def task(gateway: "Gateway") -> AuditVerdict:
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
            bar = progress.add_task("", total=None)
            verdict: AuditVerdict = await gateway.verify_audit()(
                anchor=noted, note=lambda done: progress.update(bar, completed=done)
            )
        return verdict

    verdict = once(task)
    (_show_document if json else _show)(verdict)
    if verdict.broken is not None:
        raise typer.Exit(Exit.FAILED)


def _seal(anchor: str) -> Seal:
    """Raises Trouble."""
    given = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", anchor, re.ASCII)
    if given is None or int(given[1]) == 0:
        raise Trouble(
            f"--anchor {anchor} is no head of a chain.", "As `gateway audit verify` says it.", Exit.USAGE
        )
    return Seal(int(given[1]), "", given[2])


def _show(verdict: AuditVerdict) -> None:
    if verdict.broken is not None:
        complain(
            f"The chain is broken at link {verdict.broken.number:,}: {_words(verdict.broken)}.",
            f"The {verdict.sound:,} links before it hold. Compare with a backup, and find out who could write there.",
        )
    elif verdict.head is None:
        say("Nothing is sealed yet.")
    else:
        say(f"The chain holds: {verdict.sound:,} links. Note its head elsewhere: {_head(verdict.head)}")
    if verdict.tail.count:
        say(f"Not sealed yet: {verdict.tail.count:,}, the oldest of {iso_or_none(verdict.tail.oldest)}.")


def _words(broken: Broken) -> str:
    return " ".join([*([broken.ids[0]] if broken.ids else []), WORDS[broken.breach]])


def _head(seal: Seal) -> str:
    return f"{seal.number}:{seal.hash}"


def _show_document(verdict: AuditVerdict) -> None:
    broken: dict[str, Any] | None = None
    if verdict.broken is not None:
        broken = {
            "breach": verdict.broken.breach,
            "link": verdict.broken.number,
            "ids": list(verdict.broken.ids),
        }
    show_json({
        "clean": broken is None,
        "sound": verdict.sound,
        "head": None if verdict.head is None or broken else _head(verdict.head),
        "broken": broken,
        "unsealed": {"count": verdict.tail.count, "oldest": iso_or_none(verdict.tail.oldest)},
    })  # fmt: skip
