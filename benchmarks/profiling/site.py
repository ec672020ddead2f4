"""A gateway whose processes are sampled, and whose words with PostgreSQL are counted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.processes import Command, free_port
from benchmarks.profiling.database import SETTINGS, Activity, Watch
from benchmarks.profiling.rooms import Profile, summed
from benchmarks.servers import Bench, running
from benchmarks.usage import spent

FLUSH_S = 11.0  # after which an idle PostgreSQL process has told what it did (PGSTAT_IDLE_INTERVAL)
WRITE_S = 10.0


@dataclass
class Observed:
    """What one operation costs: how many were observed, of which role, and what for."""

    what: str
    operations: int = 0
    cpu_us: float = 0.0
    postgres_us: float = 0.0
    trips: dict[str, float] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    activity: Activity = field(default_factory=Activity)

    def each(self, sum: float) -> float:
        return sum / self.operations


@dataclass
class Site:
    """The gateway, and where each role's samples go."""

    bench: Bench
    folder: Path
    taps: dict[str, subprocess.Popen[str]]

    def settle(self) -> None:
        """Until PostgreSQL has counted all that was done so far."""
        time.sleep(FLUSH_S)

    @contextmanager
    def observed(self, what: str, role: str) -> Iterator[Observed]:
        """One role at work; the block says how many operations there were."""
        observed = Observed(what)
        [pid], file = self.bench.groups[role], self.folder / role
        watch, before = Watch(self.bench.database_url), self._counted(role)
        os.kill(pid, signal.SIGUSR1)
        with spent({role: [pid], "postgres": self.bench.groups["postgres"]}) as used:
            yield observed
        os.kill(pid, signal.SIGUSR2)
        after = self._counted(role)
        observed.profile = summed(json.loads(_written(file)))
        observed.cpu_us, observed.postgres_us = (
            used[name] * 1e6 / observed.operations for name in (role, "postgres")
        )
        observed.trips = {name: (after[name] - before[name]) / observed.operations for name in after}
        self.settle()
        observed.activity = watch.activity()

    def _counted(self, role: str) -> dict[str, int]:
        tap = self.taps[role]
        assert tap.stdout
        tap.send_signal(signal.SIGUSR1)
        counted: dict[str, int] = json.loads(tap.stdout.readline())
        return counted


@contextmanager
def site(*roles: str, **settings: str) -> Iterator[Site]:
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, taps = Path(name), dict[str, subprocess.Popen[str]]()

        def launch(role: str, env: dict[str, str]) -> tuple[Command, dict[str, str]]:
            port, url = free_port(), env["GATEWAY_DATABASE_URL"]
            taps[role] = _tap(stack, port, urlsplit(url).port or 5432)
            module = "benchmarks.profiling.sampler"
            changed = env | {"GATEWAY_DATABASE_URL": url.replace(f":{urlsplit(url).port}/", f":{port}/")}
            return [sys.executable, "-m", module, str(folder / role), role], changed

        with running(*roles, database=SETTINGS, launch=launch, **settings) as bench:
            yield Site(bench, folder, taps)


def _tap(stack: ExitStack, port: int, server_port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.profiling.tap", str(port), str(server_port)]
    tap = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(tap.terminate)
    assert tap.stdout
    tap.stdout.readline()
    return tap


def _written(file: Path) -> str:
    until = time.monotonic() + WRITE_S
    while not file.exists():
        assert time.monotonic() < until, "the sampler has written nothing"
        time.sleep(0.02)
    text = file.read_text()
    file.unlink()
    return text
