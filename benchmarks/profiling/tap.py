"""Stands between a role and PostgreSQL and counts round trips: `python -m benchmarks.profiling.tap PORT SERVER_PORT`.

A trip begins when a client speaks after the server has spoken; whatever it says until the next answer belongs to it.
On SIGUSR1 it says the sums so far on its standard output.
"""

import json
import select
import signal
import socket
import sys
from dataclasses import asdict, dataclass

TAKE_BYTES = 1 << 16


@dataclass
class Counted:
    trips: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0


class Tap:
    """Pairs of connections, by the number of either end."""

    def __init__(self, listener: socket.socket, server: tuple[str, int]) -> None:
        self.counted = Counted()
        self._listener, self._server = listener, server
        self._poll = select.epoll()
        self._poll.register(listener.fileno(), select.EPOLLIN)
        self._ends: dict[
            int, tuple[socket.socket, socket.socket]
        ] = {}  # by number: itself, and the other end
        self._clients: set[int] = set()
        self._speaking: set[int] = set()  # clients that have spoken since the server did

    def run(self) -> None:
        while True:
            for number, _ in self._poll.poll():
                if number == self._listener.fileno():
                    self._open()
                elif number in self._ends:
                    self._pass_on(number)

    def _open(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(self._server)
        for end, other in ((client, server), (server, client)):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends[end.fileno()] = (end, other)
            self._poll.register(end.fileno(), select.EPOLLIN)
        self._clients.add(client.fileno())

    def _pass_on(self, number: int) -> None:
        end, other = self._ends[number]
        try:
            data = end.recv(TAKE_BYTES)
            other.sendall(data)
        except OSError:
            data = b""
        if not data:
            for each in (end, other):
                self._ends.pop(each.fileno())
                self._clients.discard(each.fileno())
                self._poll.unregister(each.fileno())
                each.close()
        elif number in self._clients:
            self.counted.trips += number not in self._speaking
            self.counted.sent_bytes += len(data)
            self._speaking.add(number)
        else:
            self.counted.received_bytes += len(data)
            self._speaking.discard(other.fileno())


def main() -> None:
    port, server_port = map(int, sys.argv[1:])
    with socket.create_server(("127.0.0.1", port)) as listener:
        tap = Tap(listener, ("127.0.0.1", server_port))
        signal.signal(signal.SIGUSR1, lambda *_: print(json.dumps(asdict(tap.counted)), flush=True))
        print("listening", flush=True)
        tap.run()


if __name__ == "__main__":
    main()
