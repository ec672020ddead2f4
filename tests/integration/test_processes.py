"""`gateway dev` as a developer meets it: it serves, keeps its data, and leaves no process behind."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.development import (
    GATEWAY,
    ROOT,
    STOP_S,
    a_folder,
    dev,
    environment,
    needs_proc,
    pay,
    status,
    succeed,
    until,
)

pytestmark = needs_proc


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_folder() as folder:
        yield folder / "data"


def test_it_serves_keeps_its_data_and_leaves_no_process_behind(folder: Path) -> None:
    with dev(folder) as first:
        curl = first.text[first.text.index("curl -s") :].split("\n\n")[0]
        pasted = subprocess.run(["bash", "-c", curl], capture_output=True, check=True)
        assert json.loads(pasted.stdout)["status"] == "created"
        assert first.health() == "healthy"
        with first.client() as client:
            paid = pay(client)
            succeed(client, [paid])
            merchant = client.get("/api/v1/merchant").raise_for_status().json()["id"]
        for kept in ("secrets.env", "gateway.env"):
            assert (folder / kept).stat().st_mode & 0o777 == 0o600
        assert "nothing differs" in beside(folder, "verify").lower()
        assert len(beside(folder, "merchant", "signing-secret", merchant).strip()) > 20
        assert len(first.pids()) > 6
        [api], [worker] = first.pids("api"), first.pids("worker")
        assert os.getpriority(os.PRIO_PROCESS, worker) == os.getpriority(os.PRIO_PROCESS, api) + 5
        assert first.stop() == 0
        assert first.pids() == []

    with dev(folder) as second:
        with second.client() as client:
            assert status(client, paid) == "success"
        assert second.stop(signal.SIGTERM) == 0
        assert second.pids() == []


def beside(folder: Path, *arguments: str) -> str:
    """What a command says that takes the environment from where the README says."""
    script = 'set -a; . "$0/gateway.env"; set +a; exec "$@"'
    command = ["bash", "-c", script, str(folder), *GATEWAY, *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_nothing_outlives_a_kill_of_the_supervisor(folder: Path) -> None:
    with dev(folder) as running:
        running.process.kill()
        until(lambda: not running.pids(), STOP_S, running.pids)
        running.ended()


def test_a_second_signal_waits_for_nobody(folder: Path) -> None:
    with dev(folder) as running:
        [worker] = running.pids("worker")
        os.kill(worker, signal.SIGSTOP)  # it cannot end by itself
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        began = time.monotonic()
        assert running.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 10
        assert running.pids() == []
