"""A merchant who listens: the receiver's process, and what it has heard."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from benchmarks.figures import Uncounted
from benchmarks.processes import free_port

EVENTS_PER_PAYMENT = 4  # payment.created, payment.pending, payment.success, order.paid
POLL_S = 0.1


@dataclass(frozen=True)
class Receiver:
    """Where it listens, and its process."""

    url: str
    pid: int

    def heard(self, path: str = "/") -> dict[str, Any]:
        """How many events came, and how many of them again; below `/arrived` also when each came."""
        with urlopen(self.url.replace("/hook", path), timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def events(self) -> int:
        return int(self.heard()["events"])

    def wait_for(self, events: int, within_s: float) -> None:
        """Until so many have come. Raises Uncounted: a figure counts only if nothing is left behind."""
        until = time.monotonic() + within_s
        while (heard := self.events()) < events:
            if time.monotonic() > until:
                raise Uncounted(f"Only {heard} of {events} events arrived within {within_s:g} s.")
            time.sleep(POLL_S)


@contextmanager
def receiving() -> Iterator[Receiver]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.receiver", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield Receiver(f"http://127.0.0.1:{port}/hook", process.pid)
        finally:
            process.terminate()
