"""One session of `gateway listen`: what it forwards, how it shows that, and what came of it all."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from rich.text import Text

from core.domain.event import EVENTS
from core.domain.snapshot import iso
from entrypoints.cli.console import note, out, say_plainly, show_json
from entrypoints.cli.develop.following import Event, Events
from entrypoints.cli.develop.forwarding import Forward, body_of
from ports.webhook_sender import Response

WIDTH = max(map(len, EVENTS))
ID_WIDTH = len("order_") + 16


class Session:
    """Forwards until it is cancelled. `wanted` are patterns as of files: `payment.*`."""

    def __init__(self, wanted: Sequence[str], print_json: bool) -> None:
        self._wanted = wanted
        self._print_json = print_json
        self._counts: Counter[str] = Counter()

    async def __call__(self, events: Events, forward: Forward) -> None:
        """Raises Trouble."""
        await events.skip()
        note(f"Forwarding to {forward.url}; Ctrl-C ends it.")
        async for event in events.follow():
            if any(fnmatchcase(event["event"], pattern) for pattern in self._wanted):
                self._show(event, await forward(event))

    def summary(self) -> str:
        parts = [f"{self._counts[what]} {what}" for what in ("accepted", "refused", "without an answer")]
        return f"Events forwarded: {self._counts.total()} ({', '.join(parts)})."

    def _show(self, event: Event, response: Response) -> None:
        self._counts[_kind(response)] += 1
        at, name, about = datetime.now(UTC), event["event"], _about(event)
        answer = str(response.status or response.error)
        if out.is_terminal:
            line = Text(f"{at.astimezone():%H:%M:%S}  ", style="dim")
            line.append(f"{name:<{WIDTH}}  {about:<{ID_WIDTH}}  ", style="default")
            line.append(answer, style="green" if _kind(response) == "accepted" else "bold red")
            line.append(f"  {response.duration_ms} ms", style="dim")
            out.print(line, soft_wrap=True)
        else:
            say_plainly("\t".join((iso(at), event["id"], name, about, answer, str(response.duration_ms))))
        if self._print_json and out.is_terminal:
            show_json(json.loads(body_of(event)))
        elif self._print_json:
            say_plainly(body_of(event).decode())


def ids_of(event: Event) -> dict[str, str]:
    """What it is about, by name: the event itself first, then its subject, then what that belongs to."""
    ids = {"Event id": event["id"]}
    for noun, subject in event["data"].items():
        if isinstance(subject, dict):
            places = (
                (noun.replace("_", " ").capitalize(), "id"),
                ("Payment", "payment_id"),
                ("Order", "order_id"),
            )
            ids |= {name: subject[field] for name, field in places if field in subject}
    return ids


def _about(event: Event) -> str:
    """The payment if there is one, else what else there is."""
    ids = ids_of(event)
    return ids.get("Payment") or [*ids.values()][-1]


def _kind(response: Response) -> str:
    if response.status is None:
        return "without an answer"
    return "accepted" if 200 <= response.status < 300 else "refused"


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end, or until Ctrl-C or SIGTERM."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
