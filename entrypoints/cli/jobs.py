"""`gateway jobs`: what the gateway owes itself, and setting parked work going again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.domain.job import JobKind
from entrypoints.cli.console import say, show, show_json
from entrypoints.cli.once import once
from entrypoints.cli.troubles import Exit, Trouble
from ports.queries import OwedJob

if TYPE_CHECKING:
    from config.container import Gateway

SHOWN = 50
REPLAY_BATCH = 500
SILENT_AFTER = timedelta(hours=1)  # PAYMENTS.md: a silent processor is flagged then
ASKING = (JobKind.PROCESS_OPERATION, JobKind.FIND_OPERATION)
COLUMNS = ("Job", "Kind", "About", "State", "Due", "Tries", "Failures", "Note")

app = typer.Typer(invoke_without_command=True, help="What is owed: to processors and to merchants.")


@app.callback()
def jobs(
    context: typer.Context,
    parked: Annotated[bool, typer.Option(help="Only what was given up after ten failures.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = SHOWN,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what is owed: to processors and to merchants, by due time."""
    if context.invoked_subcommand is not None:
        return

    async def task(gateway: "Gateway") -> tuple[list[OwedJob], int, datetime]:
        queries = gateway.queries()
        counts = await queries.job_counts()
        return await queries.owed(parked=parked, limit=limit), sum(counts.parked.values()), gateway.clock()()

    owed, parked_count, now = once(task)
    if json:
        show_json([_document(one) for one in owed])
        return
    if owed:
        show(COLUMNS, (_row(one, now) for one in owed))
    else:
        say("Nothing is parked." if parked else "Nothing is owed.")
    if parked_count and not parked:
        say(f"{parked_count} parked: see gateway jobs --parked")


@app.command("replay")
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="JOB…", help="Which ones.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Every parked job.")] = False,
) -> None:
    """Set parked jobs going again."""
    if bool(ids) == all:
        raise Trouble(
            "Say which jobs: their ids, or --all.", "See them with: gateway jobs --parked", Exit.USAGE
        )

    async def task(gateway: "Gateway") -> int:
        return await (_replay_all(gateway) if all else _replay(gateway, ids or []))

    count = once(task)
    say(f"{count} set going again.")
    if ids and count < len(set(ids)):
        raise Trouble(
            f"{len(set(ids)) - count} of these are not parked.", "See the parked ones: gateway jobs --parked"
        )


async def _replay(gateway: "Gateway", ids: Sequence[str]) -> int:
    count: int = await gateway.jobs().replay(list(ids))
    return count


async def _replay_all(gateway: "Gateway") -> int:
    count = 0
    while batch := await gateway.queries().owed(parked=True, limit=REPLAY_BATCH):
        replayed = await _replay(gateway, [one.job.id for one in batch])
        if replayed == 0:
            break
        count += replayed
    return count


def _row(owed: OwedJob, now: datetime) -> tuple[str, ...]:
    job = owed.job
    return (
        job.id, job.kind, job.target_id, _state(owed, now), _from_now(owed.due_at - now),
        str(job.tries), str(job.failures), _note(owed, now),
    )  # fmt: skip


def _state(owed: OwedJob, now: datetime) -> str:
    if owed.parked_at is not None:
        return "parked"
    return "held" if owed.leased_until is not None and owed.leased_until > now else "waiting"


def _note(owed: OwedJob, now: datetime) -> str:
    age = now - owed.created_at
    if owed.last_error:
        return owed.last_error
    if owed.job.kind in ASKING and owed.job.tries > 1 and age > SILENT_AFTER:
        return f"the processor has been silent for {_span(age)}"
    return ""


def _from_now(delta: timedelta) -> str:
    return f"in {_span(delta)}" if delta > timedelta() else f"{_span(-delta)} ago"


def _span(delta: timedelta) -> str:
    """The one unit that matters: 40 s, 5 min, 3 h, 2 d."""
    seconds = int(delta.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _document(owed: OwedJob) -> dict[str, Any]:
    document = {**asdict(owed.job), **asdict(owed)}
    del document["job"]
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in document.items()
    }
