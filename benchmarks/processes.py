"""The gateway's processes: started, listened to, ended."""

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO
from urllib.request import urlopen

START_S = 60.0  # of processes that share a busy machine
STOP_S = 15.0

Command = list[str]
# Makes of a role and its environment the command that starts it, and the environment it gets.
Launch = Callable[[str, dict[str, str]], tuple[Command, dict[str, str]]]


def plainly(role: str, env: dict[str, str]) -> tuple[Command, dict[str, str]]:
    return [sys.executable, "-m", "entrypoints.cli", *role.split()], env


def gateway(env: dict[str, str], *arguments: str) -> str:
    """What a command says. Raises SystemExit if it fails."""
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"gateway {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def start(stack: ExitStack, launch: Launch, env: dict[str, str], role: str) -> int:
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it is read when the process has ended
    stack.callback(_tell, role, log)
    command, env = launch(role, env)
    process = subprocess.Popen(command, env=env, stderr=log)
    stack.callback(_stop, process)
    return process.pid


def _tell(role: str, log: IO[bytes]) -> None:
    """What a process had to say; of many lines, how many there are."""
    with log:
        log.seek(0)
        lines = log.read().decode(errors="replace").splitlines()
    if lines:
        print(f"{role}: {len(lines)} lines of log, the first:\n{lines[0]}", file=sys.stderr)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_live(port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The API did not come up within {START_S} s.")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """So that whoever stops a benchmark leaves nothing running, from a terminal or not."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
