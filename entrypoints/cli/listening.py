"""A socket on the wanted port, or two lines that say why not."""

import errno
import socket

from entrypoints.cli.troubles import Exit, Trouble


def listen(host: str, port: int) -> socket.socket:
    """Bound, and not listening yet. Raises Trouble."""
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise _cannot_listen(host, port, error) from None
    return bound


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with listen("127.0.0.1", 0) as bound:
        return int(bound.getsockname()[1])


def _cannot_listen(host: str, port: int, error: OSError) -> Trouble:
    if error.errno == errno.EADDRINUSE:
        return Trouble(
            f"Port {port} on {host} is taken by another process.",
            f"End that process, or choose another port: --port {port + 1}",
            Exit.TAKEN,
        )
    why = error.strerror or str(error)
    return Trouble(f"Cannot listen on {host}, port {port}: {why}.", "Choose another place.", Exit.CONFIG)
