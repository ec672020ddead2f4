"""A `gateway dev` under test, with all the processes that come of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
import redis

from entrypoints.cli.listening import free_port

ROOT = Path(__file__).parents[2]
GATEWAY = [sys.executable, "-m", "entrypoints.cli"]
KEYS = {"X-Api-Key": "key_test_abc123", "X-Api-Secret": "secret_test_xyz789"}
CARD = {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 35, "cvv": "123", "holder_name": "A"}
START_S, STOP_S, RECOVER_S = 60.0, 30.0, 50.0
# To its last line: what follows the first may come a moment later.
BANNER = re.compile(r"^The gateway is running$.*^curl .*\n\n", re.DOTALL | re.MULTILINE)

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"
)


class Dev:
    """Started by `start`. All its processes inherit a mark in their environment, by which they are found."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self._mark = str(uuid.uuid4())

    def start(self) -> "Dev":
        command = [*GATEWAY, "dev", "--port", str(self.port), "--data-dir", str(self.folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(MARK=self._mark), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.listening = threading.Thread(target=self._listen)
        self.listening.start()
        until(lambda: bool(BANNER.search(self.text)) or self.process.poll() is not None, START_S)
        assert self.process.poll() is None, self.text
        return self

    @property
    def text(self) -> str:
        return "".join(self.said)

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers=KEYS, trust_env=False)

    def health(self) -> str:
        return health(self.url)

    def redis(self) -> redis.Redis:
        [url] = re.findall(r"^Redis: (\S+)", self.text, re.M)
        return redis.Redis.from_url(url)

    def secrets(self) -> dict[str, str]:
        lines = (self.folder / "secrets.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def pids(self, *words: str) -> list[int]:
        """Its processes whose command line holds all of these words."""
        return [
            pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_ours(pid, words)
        ]

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(STOP_S)
        self.listening.join(STOP_S)
        return code

    def clean_up(self) -> None:
        for pid in {self.process.pid, *self.pids()}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _is_ours(self, pid: int, words: tuple[str, ...]) -> bool:
        try:
            inherited = Path(f"/proc/{pid}/environ").read_bytes()
            program, *words_of_it = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return False
        return f"MARK={self._mark}".encode() in inherited and all(
            word in Path(program).name or word in words_of_it for word in words
        )

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)


def environment(**more: str) -> dict[str, str]:
    """Ours, without what a developer may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | more


def health(url: str) -> str:
    try:
        return str(httpx2.get(f"{url}/health", trust_env=False).json()["status"])
    except (httpx2.HTTPError, ValueError):
        return "no answer"


def until(happened: Callable[[], bool], within_s: float, seen: Callable[[], object] = lambda: "") -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.05)


@contextmanager
def a_folder() -> Iterator[Path]:
    # Not tmp_path: pytest closes that to other users, and started by root the servers are another user.
    path = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def dev(folder: Path) -> Iterator[Dev]:
    made = Dev(folder)
    try:
        yield made.start()
    finally:
        made.clean_up()


def pay(client: httpx2.Client) -> str:
    """A payment that a worker has still to process."""
    order = client.post("/api/v1/orders", json={"amount": 50_000}).raise_for_status().json()
    body = {"order_id": order["id"], "method": "card", "card": CARD}
    payment = client.post("/api/v1/payments", json=body).raise_for_status().json()
    assert payment["status"] == "pending"
    return str(payment["id"])


def status(client: httpx2.Client, payment_id: str) -> str:
    return str(client.get(f"/api/v1/payments/{payment_id}").raise_for_status().json()["status"])


def succeed(client: httpx2.Client, payment_ids: list[str], within_s: float = RECOVER_S) -> None:
    """All of them do, in time."""
    waiting = list(payment_ids)

    def all_done() -> bool:
        waiting[:] = [id for id in waiting if status(client, id) != "success"]
        return not waiting

    until(all_done, within_s, lambda: f"still pending: {waiting}")
