"""A `gateway dev` under test, with all the processes that come of it."""

import json
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
from typing import Any

import httpx2
import pytest
import redis

from entrypoints.cli.listening import free_port

ROOT = Path(__file__).parents[2]
KEYS = {"X-Api-Key": "key_test_abc123", "X-Api-Secret": "secret_test_xyz789"}
CARD = {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 35, "cvv": "123", "holder_name": "A"}
START_S, STOP_S, RECOVER_S = 60.0, 30.0, 50.0
GATEWAY = [sys.executable, "-m", "entrypoints.cli"]

class Dev:
    """A `gateway dev`, and every process that came of it: they inherit a mark in their environment."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.port, self.mark = folder, free_port(), f"GATEWAY_MARK={uuid.uuid4()}"
        self.url = f"http://127.0.0.1:{self.port}"
        name, _, value = self.mark.partition("=")
        plain = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")}
        self._environment = {**plain, name: value, **environment}
        self.said: list[str] = []

    def start(self) -> "Dev":
        command = [*GATEWAY, "dev", "--port", str(self.port), "--data-dir", str(self.folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.listening = threading.Thread(target=self._listen)
        self.listening.start()
        until(lambda: "The gateway is running" in self.text or self.process.poll() is not None, START_S)
        assert self.process.poll() is None, self.text
        return self

    @property
    def text(self) -> str:
        return "".join(self.said)

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers=KEYS, trust_env=False)

    def health(self) -> str:
        try:
            return str(httpx2.get(f"{self.url}/health", trust_env=False).json()["status"])
        except (httpx2.HTTPError, ValueError):
            return "no answer"

    def redis(self) -> redis.Redis:
        [url] = re.findall(r"^Redis: (\S+)", self.text, re.M)
        return redis.Redis.from_url(url)

    def pids(self, *words: str) -> list[int]:
        """Processes with the mark whose command line holds all of these words."""
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
        for pid in [self.process.pid, *self.pids()]:
            with_pid(pid, signal.SIGKILL)

    def _is_ours(self, pid: int, words: tuple[str, ...]) -> bool:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return False
        return self.mark.encode() in environment.split(b"\0") and all(word in command for word in words)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(iter(self.process.stdout.readline, ""))


def with_pid(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def until(happened: Callable[[], bool], within_s: float, what: Callable[[], object] = lambda: "") -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


@contextmanager
def folder() -> Iterator[Path]:
    # Not tmp_path: pytest closes that to other users, and started by root the servers are another user.
    path = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def dev(**environment: str) -> Iterator[Dev]:
    with folder() as path:
        made = Dev(path / "data", **environment)
        try:
            yield made.start()
        finally:
            made.clean_up()


def pay(client: httpx2.Client) -> str:
    order = client.post("/api/v1/orders", json={"amount": 50_000}).raise_for_status().json()
    body = {"order_id": order["id"], "method": "card", "card": CARD}
    payment = client.post("/api/v1/payments", json=body).raise_for_status().json()
    assert payment["status"] == "pending"
    return str(payment["id"])


def status(client: httpx2.Client, payment_id: str) -> str:
    return str(client.get(f"/api/v1/payments/{payment_id}").raise_for_status().json()["status"])


def succeed(client: httpx2.Client, payment_ids: list[str], within_s: float = RECOVER_S) -> None:
    waiting = list(payment_ids)

    def all_done() -> bool:
        waiting[:] = [id for id in waiting if status(client, id) != "success"]
        return not waiting

    until(all_done, within_s, lambda: f"still pending: {waiting}")


def refusal(*arguments: str, **environment: str) -> tuple[int, list[str]]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")}
    command = [*GATEWAY, *arguments]
    run = subprocess.run(
        command, cwd=ROOT, env={**plain, **environment}, capture_output=True, text=True, timeout=START_S,
        check=False,
    )  # fmt: skip
    return run.returncode, run.stderr.strip().splitlines()


