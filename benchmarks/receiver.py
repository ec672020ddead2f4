"""A merchant's receiver, in a process of its own: answers 204 at once and remembers what came when."""

import json
import select
import socket
import sys
import time
from dataclasses import dataclass, field

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
TAKE_BYTES = 16_384


@dataclass
class Notes:
    """When each event first came, and each payment's success; read from the bytes, since parsing would cost more."""

    events: dict[bytes, float] = field(default_factory=dict)
    succeeded: dict[bytes, float] = field(default_factory=dict)
    repeats: int = 0

    def take(self, request: bytes) -> None:
        now = time.time()
        at = request.index(b"webhook-id: ") + 12
        event = request[at : request.index(b"\r\n", at)]
        if event in self.events:
            self.repeats += 1
            return
        self.events[event] = now
        if b'"event":"payment.success"' in request:
            at = request.index(b'"pay_') + 1
            self.succeeded[request[at : request.index(b'"', at)]] = now

    def tell(self, path: bytes) -> bytes:
        told: dict[str, object] = {"events": len(self.events), "repeats": self.repeats}
        if path == b"/arrived":
            told["arrived"] = {event.decode(): at for event, at in self.events.items()}
            told["succeeded"] = {payment.decode(): at for payment, at in self.succeeded.items()}
        body = json.dumps(told).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@dataclass
class Peer:
    """One connection, and what has come of a request that is not whole yet."""

    line: socket.socket
    part: bytes = b""


def serve(listener: socket.socket, notes: Notes) -> None:
    poll, peers = select.epoll(), dict[int, Peer]()
    poll.register(listener.fileno(), select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                line, _ = listener.accept()
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                poll.register(line.fileno(), select.EPOLLIN)
                peers[line.fileno()] = Peer(line)
            elif not _serve(peers[number], notes):
                poll.unregister(number)
                peers.pop(number).line.close()


def _serve(peer: Peer, notes: Notes) -> bool:
    """Whether the peer is still there."""
    try:
        data = peer.line.recv(TAKE_BYTES)
        whole, peer.part = split(peer.part + data if peer.part else data)
        for request in whole:
            if request.startswith(b"GET "):
                peer.line.sendall(notes.tell(request.split(b" ", 2)[1]))
            else:
                peer.line.send(ANSWER)
                notes.take(request)
    except ConnectionError:
        return False
    return bool(data)


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """The requests that are whole, and what is left."""
    whole = []
    while (end := data.find(b"\r\n\r\n")) >= 0:
        at = data.find(b"Content-Length: ", 0, end)
        end += 4 + (int(data[at + 16 : data.find(b"\r\n", at)]) if at >= 0 else 0)
        if len(data) < end:
            break
        whole.append(data[:end])
        data = data[end:]
    return whole, data


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096) as listener:
        print("listening", flush=True)
        serve(listener, Notes())
