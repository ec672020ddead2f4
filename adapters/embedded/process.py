"""A server process: recognised by its command line, ended for certain."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

POLL_S = 0.005
KILL_S = 10.0

# Whoever ends a server in this process must also reap it, or a zombie keeps its pid.
_children: dict[tuple[int, str], subprocess.Popen[bytes]] = {}


class CannotStart(RuntimeError):
    """The server cannot be had; the message says what to do about it."""


@dataclass(frozen=True)
class Server:
    """A running server process: where it listens, and how to end it.

    A server outlives the process that started it until somebody stops it.
    """

    url: str
    pid: int
    mark: str = field(repr=False)  # the part of its command line that no other process has
    ending: signal.Signals = field(repr=False)

    def stop(self, grace_s: float = 10.0) -> None:
        """End it cleanly and return when it is gone; kill it when the grace is over. May be repeated."""
        self._send(self.ending)
        if not until(self._is_gone, grace_s):
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would, and return when it is gone. May be repeated."""
        self._send(signal.SIGKILL)
        until(self._is_gone, KILL_S)

    def _is_gone(self) -> bool:
        return not is_there(self.pid, self.mark)

    def _send(self, number: signal.Signals) -> None:
        if is_alive(self.pid, self.mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def adopt(child: subprocess.Popen[bytes], mark: str) -> None:
    """Remember a child, so that it can be reaped here however it ends."""
    _children[child.pid, mark] = child


def is_alive(pid: int, mark: str) -> bool:
    """Whether this pid is the server that `mark` names, and not a later process with the same number."""
    return mark in f" {_command_line(pid)} "


def is_there(pid: int, mark: str) -> bool:
    """Whether it still holds anything: one that is dying has its port and files a little longer."""
    child = _children.get((pid, mark))
    if child is None:
        return is_alive(pid, mark) or _is_dying(pid)
    if child.poll() is None:
        return True
    _children.pop((pid, mark), None)
    return False


def until(happened: Callable[[], bool], within_s: float) -> bool:
    """Whether it happened in time."""
    deadline = time.monotonic() + within_s
    while not happened():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _command_line(pid: int) -> str:
    """What the process was started with; empty as soon as it dies."""
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).replace("\0", " ").strip()
        except OSError:
            return ""
    ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    found = subprocess.run(ps, capture_output=True, check=False)  # noqa: S603 - our own words and a number
    return os.fsdecode(found.stdout).strip()


def _is_dying(pid: int) -> bool:
    """Linux takes a dying process's memory (the command line with it) before its sockets."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return False
    return not _command_line(pid) and (state not in "ZX" or threads > 1)
