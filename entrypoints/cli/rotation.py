"""`gateway keys rotate`: from an old encryption key to the one that now comes first."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID, TextColumn, TimeElapsedColumn

from core.use_cases.rotate_encryption import Rotation
from entrypoints.cli.console import err, say
from entrypoints.cli.once import once
from entrypoints.cli.troubles import Trouble

if TYPE_CHECKING:
    from config.container import Gateway
    from core.use_cases.rotate_encryption import Note

# What operators call the kinds of rows.
WORDS = {"Merchant": "merchants", "Endpoint": "webhook endpoints", "KeyRecord": "kept answers"}
SHOWN = 5


def rotate() -> None:
    """Seal anew, under the first key of GATEWAY_ENCRYPTION_KEYS, all that another key has sealed.

    First put the new key before the old one and restart every process. It may run beside a gateway at work, and be
    broken off and begun again. It says when the old key may be removed.
    """

    async def task(gateway: "Gateway") -> tuple[Rotation, tuple[str, ...]]:
        with _progress() as note:
            rotation: Rotation = await gateway.rotate_encryption()(note)
        return rotation, gateway.cipher().key_ids()

    rotation, (current, *others) = once(task)
    done = ", ".join(f"{count:,} {WORDS[kind]}" for kind, count in rotation.resealed.items() if count)
    say(f"Sealed anew with {current}: {done or 'nothing'}.")
    if rotation.unreadable:
        raise Trouble(
            f"{len(rotation.unreadable):,} cannot be opened with the keys in GATEWAY_ENCRYPTION_KEYS: "
            + ", ".join(id for _, id in rotation.unreadable[:SHOWN]) + ".",
            "Add the key that sealed them, and run this again.",
        )  # fmt: skip
    if rotation.left:
        raise Trouble(
            f"Others go on sealing with {', '.join(sorted(rotation.left))}.",
            f"Restart the processes whose settings do not begin with {current}, and run this again.",
        )
    for id in others:
        say(
            f"{id} seals nothing any more. "
            f"Remove it from GATEWAY_ENCRYPTION_KEYS once every process has {current} first."
        )


@contextmanager
def _progress() -> Iterator["Note"]:
    """How many rows of each kind were looked at, while a person looks on."""
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def note(kind: str, done: int) -> None:
            if kind not in tasks:
                tasks[kind] = progress.add_task(WORDS[kind], total=None)
            progress.update(tasks[kind], completed=done)

        yield note
