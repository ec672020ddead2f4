"""The port a server listens on, the same again after a restart where that is possible."""

import contextlib
import os
import socket
import zlib
from itertools import chain
from pathlib import Path

from adapters.embedded.process import CannotStart

HOST = "127.0.0.1"
# Below the ports that operating systems hand to outgoing connections: one of those could take
# a server's port while it is down.
PORTS = range(20_000, 30_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def kept_port(record: Path) -> int | None:
    """The port that was written down here, if any."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int(record.read_text())
    return None


def choose_port(record: Path, wanted: int | None) -> int:
    """The wanted port, or the kept one, or a free one; written down for the next start."""
    if wanted is not None and not is_free(wanted):
        raise CannotStart(
            f"Port {wanted} on {HOST} is taken by another process. End that process, or choose another port."
        )
    port = wanted if wanted is not None else _free_port(record)
    record.write_text(f"{port}\n")
    return port


def _free_port(record: Path) -> int:
    kept = kept_port(record)
    if kept is not None and is_free(kept):
        return kept
    # Every record begins elsewhere, so that servers started together seldom want the same port.
    first = zlib.crc32(os.fsencode(record)) % len(PORTS)
    for port in chain(PORTS[first:], PORTS[:first]):
        if is_free(port):
            return port
    raise CannotStart(f"No port of {HOST} between {PORTS[0]} and {PORTS[-1]} is free. End what uses them.")
