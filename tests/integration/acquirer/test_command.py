"""`gateway simulator` as a process: its book outlives it, and it ends when told to."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.domain.outcome import Approved
from tests.contracts.processor import GOOD, RUPEES, key
from tests.integration.acquirer.service import TOKEN, speaking_to

COMMAND = [sys.executable, "-m", "entrypoints.cli", "simulator"]


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return ours | more


@contextmanager
def running(port: int, *options: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    env = environment(GATEWAY_PROCESSOR_TOKEN=TOKEN, **settings)
    process = subprocess.Popen([*COMMAND, "--port", str(port), *options], env=env, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("it does not listen")


async def test_its_book_outlives_it(free_port: int, postgres_url: str) -> None:
    mine = key()
    for life in range(2):
        with running(free_port, GATEWAY_DATABASE_URL=postgres_url) as process:
            async with speaking_to(f"http://127.0.0.1:{free_port}", timeout_s=10.0) as processor:
                if life == 0:
                    assert await processor.find(mine, token=GOOD, reference="") is None
                    await processor.authorize(RUPEES, token=GOOD, capture=True, key=mine)
                assert await processor.find(mine, token=GOOD, reference="") == Approved(
                    f"sim_approved_{mine}"
                )
                assert [line.key async for line in processor.lines() if line.key == mine] == [mine]
            if life == 1:
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0


CALLBACKS = ["--callback-url", "http://127.0.0.1:1/"]


@pytest.mark.parametrize(
    ("options", "settings", "missing"),
    [
        ([], {}, "GATEWAY_PROCESSOR_TOKEN"),
        (CALLBACKS, {"GATEWAY_PROCESSOR_TOKEN": TOKEN}, "GATEWAY_PROCESSOR_CALLBACK_SECRET"),
    ],
)
def test_what_it_cannot_do_without_is_named(
    options: list[str], settings: dict[str, str], missing: str
) -> None:
    ended = subprocess.run(
        [*COMMAND, "--memory", *options],
        env=environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (78, "")
    assert ended.stderr.startswith(f"{missing} is not set.\n")
