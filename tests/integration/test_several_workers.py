"""`gateway worker --workers N`: several processes that live and end as one."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrypoints.cli.keys import new_secrets
from tests.integration.development import GATEWAY, ROOT, START_S, STOP_S, environment, needs_proc, until
from tests.integration.postgres_databases import database, migrated

pytestmark = needs_proc


@contextmanager
def workers(count: int, url: str, redis_url: str) -> Iterator[subprocess.Popen[str]]:
    places = {"GATEWAY_DATABASE_URL": url, "GATEWAY_REDIS_URL": redis_url}
    process = subprocess.Popen(
        [*GATEWAY, "worker", "--workers", str(count)], cwd=ROOT,
        env=environment(**new_secrets()) | places, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def children(process: "subprocess.Popen[str]") -> list[int]:
    said = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in said.split()]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_they_end_together_and_one_that_dies_comes_again(postgres_url: str, redis_url: str) -> None:
    with migrated(postgres_url) as url, workers(2, url, redis_url) as parent:
        until(lambda: len(children(parent)) == 2, START_S)
        dead, other = children(parent)
        os.kill(dead, signal.SIGKILL)
        until(lambda: len(children(parent)) == 2 and dead not in children(parent), START_S)
        assert other in children(parent)
        both = children(parent)
        parent.terminate()
        assert parent.wait(STOP_S) == 0
        assert not any(map(is_there, both))


def test_none_outlives_a_kill_of_their_parent(postgres_url: str, redis_url: str) -> None:
    with migrated(postgres_url) as url, workers(2, url, redis_url) as parent:
        until(lambda: len(children(parent)) == 2, START_S)
        both = children(parent)
        parent.kill()
        until(lambda: not any(map(is_there, both)), STOP_S)


def test_what_none_of_them_can_start_with_ends_them_all(postgres_url: str, redis_url: str) -> None:
    with database(postgres_url) as url, workers(2, url, redis_url) as parent:
        _, said = parent.communicate(timeout=START_S)
        assert parent.returncode == 78
        assert "Run: gateway migrate" in said
        assert "process cannot start." in said
