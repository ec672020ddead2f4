"""Start a server on its home, or find the one that already runs there."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from adapters.embedded.address import choose_port, is_free, kept_port
from adapters.embedded.home import Home, home_of
from adapters.embedded.log import Log, opened
from adapters.embedded.process import CannotStart, Server, adopt, is_alive, is_there, until

START_S = 60.0
DYING_S = 5.0
TRIES = 20
PAUSE_S = 0.2


class Engine(Protocol):
    """What one kind of server needs to be started, and to be recognised."""

    @property
    def name(self) -> str: ...
    @property
    def ending(self) -> signal.Signals: ...

    def prepare(self, home: Home, log: Log) -> None: ...
    def command(self, home: Home, port: int) -> list[str]: ...
    def mark(self, home: Home) -> str: ...
    def pid_file(self, home: Home) -> Path: ...
    def is_ready(self, home: Home, pid: int, port: int) -> bool: ...
    def url(self, port: int) -> str: ...


def start(engine: Engine, data_dir: Path, port: int | None) -> Server:
    """The server of this data dir, accepting connections; raises CannotStart."""
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    record = data_dir / f"{engine.name}.port"
    with _alone(data_dir / f"{engine.name}.lock"):
        home = home_of(data_dir, engine.name)
        crashed = engine.pid_file(home).exists()
        pid = _running_pid(engine, home)
        if pid is not None and (server := _share(engine, home, pid, kept_port(record), port)):
            return server
        with opened(data_dir / f"{engine.name}.log") as log:
            engine.prepare(home, log)
            return _start_new(engine, home, record, port, log, crashed=crashed)


def _share(engine: Engine, home: Home, pid: int, listening: int | None, wanted: int | None) -> Server | None:
    """The server that runs here, unless it is just being stopped."""
    mark = engine.mark(home)
    if listening is None or wanted not in (None, listening):
        raise CannotStart(
            f"{engine.name} (pid {pid}) already runs here, at port {listening}."
            " Stop it first, or start without a port to share it."
        )
    if not until(lambda: not is_there(pid, mark) or engine.is_ready(home, pid, listening), START_S):
        raise CannotStart(f"{engine.name} (pid {pid}) runs but does not answer. End it: kill -9 {pid}")
    return _server(engine, home, pid, listening) if is_there(pid, mark) else None


def _start_new(
    engine: Engine, home: Home, record: Path, wanted: int | None, log: Log, *, crashed: bool
) -> Server:
    """Start it; again after a crash: what a dead server leaves behind holds its memory a moment longer."""
    for _ in range(TRIES):
        port = choose_port(record, wanted)
        pid = _launched(engine, home, port, log)
        if pid is not None:
            return _server(engine, home, pid, port)
        if is_free(port) and not crashed:  # not free: another process was faster, so the next port is tried
            break
        time.sleep(PAUSE_S)
    raise CannotStart(f"{engine.name} ended at its start. It said:\n{log.tail()}\n(from {log.path})")


def _launched(engine: Engine, home: Home, port: int, log: Log) -> int | None:
    child = home.launch(engine.command(home, port), log.fd)
    adopt(child, engine.mark(home))
    until(lambda: child.poll() is not None or engine.is_ready(home, child.pid, port), START_S)
    if child.poll() is not None:
        return None
    if not engine.is_ready(home, child.pid, port):
        child.kill()
        child.wait()
        raise CannotStart(f"{engine.name} was not ready after {START_S:.0f} s. It said:\n{log.tail()}")
    return child.pid


def _server(engine: Engine, home: Home, pid: int, port: int) -> Server:
    return Server(engine.url(port), pid, engine.mark(home), engine.ending)


def _running_pid(engine: Engine, home: Home) -> int | None:
    """The pid of the server that runs here; a pid file that lies is put out of its way."""
    record, mark = engine.pid_file(home), engine.mark(home)
    try:
        pid = int(record.read_text().split()[0])
        if pid > 0:
            until(lambda: is_alive(pid, mark) or not is_there(pid, mark), DYING_S)
            if is_alive(pid, mark):
                return pid
            os.kill(pid, 0)
            # Somebody else has this number now. PostgreSQL would refuse to start; what protects its
            # data from two servers is the memory segment named after the data folder, not this file.
            record.unlink()
    except (FileNotFoundError, ValueError, IndexError, ProcessLookupError, PermissionError):
        pass
    return None


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One start at a time on a data dir, among all processes; a dead one holds nothing."""
    handle = os.open(lock, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        if not until(lambda: _locked(handle), START_S):
            raise CannotStart(
                f"Another process has been starting a server for {START_S:.0f} s and holds {lock}."
            )
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
