"""The process that owns the private PostgreSQL and Valkey, and takes them with it when it ends."""

import json
import signal
import threading
from pathlib import Path
from typing import Any

from config.container import Gateway
from entrypoints.cli.console import say
from entrypoints.cli.troubles import Trouble

LOOK_S = 1.0
NAMES = {"GATEWAY_DATABASE_URL": "PostgreSQL", "GATEWAY_REDIS_URL": "Valkey"}

Servers = dict[str, Any]  # by the setting that says where it is


def own_servers(data_dir: Path, *, postgres: bool, valkey: bool) -> None:
    """Until SIGTERM, which the end of our parent brings too. The first line says where the servers are.

    Raises Trouble when one cannot start.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    start = {
        "GATEWAY_REDIS_URL": Gateway.start_valkey if valkey else None,
        "GATEWAY_DATABASE_URL": Gateway.start_postgres if postgres else None,
    }
    wanted = {setting: provider() for setting, provider in start.items() if provider is not None}
    servers: Servers = {}
    try:
        _start(servers, wanted, data_dir)
        say(json.dumps({setting: server.url for setting, server in servers.items()}))
        while not stop.wait(LOOK_S):
            _look_after(servers, wanted, data_dir)
    finally:
        for server in servers.values():
            server.stop()


def _start(servers: Servers, wanted: Servers, data_dir: Path) -> None:
    """One that runs is found as it is; one that crashed is started again, at the same port."""
    for setting, start in wanted.items():
        try:
            servers[setting] = start(data_dir)
        except RuntimeError as error:  # the adapter's CannotStart, whose text says what to do
            raise Trouble(str(error)) from None


def _look_after(servers: Servers, wanted: Servers, data_dir: Path) -> None:
    before = {setting: server.pid for setting, server in servers.items()}
    try:
        _start(servers, wanted, data_dir)
    except Trouble as trouble:
        say(trouble.what)
    for setting, server in servers.items():
        if server.pid != before[setting]:
            say(f"{NAMES[setting]} had ended; it runs again.")
