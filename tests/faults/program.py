"""One process of ours: started, and started again when it was killed, as an init system would do."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

RESTART_S = 0.2
ROOT = Path(__file__).parents[2]


class Program:
    """`python -m <arguments>`. Its standard input is a pipe that we hold: when we are gone, it ends too.

    Killed by SIGKILL it is started again, and only then: what hangs or is cut off is left alone, and an end of
    its own making is a finding (`endings`).
    """

    def __init__(self, name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.endings: list[int] = []
        self.starts = 0
        self._arguments = arguments
        self._env = dict(env)
        self._planted: dict[str, str] = {}
        self._may_end = False

    @property
    def pid(self) -> int:
        return self._process.pid

    async def start(self, **planted: str) -> "Program":
        """`planted` goes into the environment of this start alone, not of those that follow."""
        self._planted = planted
        self._may_end = False
        await self._spawn()
        self._keeping = asyncio.create_task(self._keep())
        return self

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    async def end(self, within_s: float = 30.0) -> float:
        """Ask it to end (SIGTERM), as an operator does; how many seconds it took. Killed when it takes longer."""
        began, self._may_end = monotonic(), True
        self._send(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self._keeping), within_s)
        except TimeoutError:
            self.endings.append(-signal.SIGKILL)
            self.kill()
            await self._keeping
        return monotonic() - began

    async def abandon(self) -> None:
        """At once and for good: the run is over."""
        self._may_end = True
        self.kill()
        await self._keeping

    def complaints(self) -> list[str]:
        """What it logged as an error, which is a bug of ours and never a fault of others."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [line for line in lines if '"level": "error"' in line or line.startswith("Traceback")]

    async def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self._arguments, cwd=ROOT, env=self._env | self._planted,
                stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.starts += 1
        self._planted = {}

    async def _keep(self) -> None:
        while True:
            code = await self._process.wait()
            if self._may_end:
                if code:
                    self.endings += [code] if code != -signal.SIGKILL else []
                return
            if code != -signal.SIGKILL:
                self.endings.append(code)
                return
            await asyncio.sleep(RESTART_S)
            if not self._may_end:
                await self._spawn()

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)
