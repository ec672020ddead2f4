"""One process of ours: started, listened to, started again when it dies, and stopped for certain."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from entrypoints.cli.troubles import Exit, Trouble
from entrypoints.process import back_off_s, pause

# Starting again does not help against these.
FINAL = (Exit.USAGE, Exit.TAKEN, Exit.CONFIG)
DEATHS, WITHIN_S = 5, 60.0
LINE_BYTES = 1_000_000

Say = Callable[[str, str], None]  # who says what


class Child:
    """`gateway <arguments>`, in a session of its own, so that a terminal's Ctrl-C reaches only its parent.

    Its standard input is a pipe that we hold: when we are gone, however that came, it ends too.
    """

    def __init__(self, name: str, arguments: list[str], say: Say) -> None:
        self.name = name
        self._arguments = arguments
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._deaths: list[float] = []

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "entrypoints.cli", "--attached", *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_BYTES,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen(self._process))

    async def wait(self) -> int:
        """How it ended."""
        assert self._process is not None
        return await self._process.wait()

    async def keep(self, stop: asyncio.Event) -> None:
        """Start it again whenever it dies, until `stop`. Raises Trouble when that does not help."""
        while True:
            code = await self.wait()
            await self._end()
            if stop.is_set():
                return
            if code in FINAL:
                raise Trouble(f"The {self.name} process cannot start.", "What it said is above.", Exit(code))
            now = monotonic()
            self._deaths = [death for death in self._deaths if now - death < WITHIN_S] + [now]
            if len(self._deaths) > DEATHS:
                raise Trouble(
                    f"The {self.name} process ended {len(self._deaths)} times within a minute; giving up."
                )
            self._say("gateway", f"The {self.name} process ended ({_ending(code)}); starting it again.")
            await pause(stop, back_off_s(len(self._deaths)))
            if stop.is_set():
                return
            await self.start()
            if stop.is_set():
                self.kill()  # `stop` has seen the one before, and this one has nothing in hand yet

    async def stop(self, grace_s: float) -> None:
        """Ask it to finish; kill it when the grace is over. Nothing of it is left."""
        if self._process is None:
            return
        if self.is_running:
            with suppress(ProcessLookupError):
                self._process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), grace_s)
        await self._end()

    def kill(self) -> None:
        """At once; `stop` still has to be awaited."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self) -> None:
        self.kill()  # what it may have started itself is in its group
        if self._process is not None:
            await self._process.wait()
        if self._listening is not None:
            await self._listening

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit; the rest of it follows
                continue
            if not line:
                return
            self._say(self.name, line.decode(errors="replace").rstrip("\n"))


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
