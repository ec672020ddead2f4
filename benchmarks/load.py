"""A load generator in a process of its own: keep-alive connections that send the next request on each answer.

Plain sockets and one epoll, because it shares the machine with what it measures: a coroutine or a callback for
every request would cost several times as much as the request's own system calls.
"""

import gc
import json
import pickle
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field

ANSWER_BYTES = 16_384  # at a time; more would be asked of the system anew for every answer
SILENCE_S = 30.0


@dataclass(frozen=True)
class Request:
    """One request, the status that counts as its answer, and what its body must contain."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    expect: int
    fields: tuple[bytes, ...] = ()

    def raw(self, host: str) -> bytes:
        body = self.body.encode()
        head = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Shot:
    """A request as bytes, and what its answer must begin with and contain."""

    raw: bytes
    begins: bytes
    fields: tuple[bytes, ...]


@dataclass
class Result:
    """What came of a run: the answers in the order in which they came, and when; `cpu_s` by process group."""

    seconds: float
    latencies_ms: list[float]
    bodies: list[bytes]
    answered_at: list[float] = field(default_factory=list)  # seconds since 1970
    unexpected: list[bytes] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body in self.bodies]


@dataclass
class Job:
    """What one generator process is to do: over so many connections, spread over the ports, at most so long."""

    ports: list[int]
    shots: list[Shot]
    connections: int
    max_seconds: float
    per_second: float | None


def shots(requests: list[Request], host: str) -> list[Shot]:
    """Written down before the clock starts."""
    return [Shot(each.raw(host), b"HTTP/1.1 %d " % each.expect, each.fields) for each in requests]


class Lines:
    """The connections: which are free, what is under way on the others, and what has come of its answer."""

    def __init__(self, job: Job) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.parts: dict[int, bytes] = {}
        for number in range(job.connections):
            line = socket.create_connection(("127.0.0.1", job.ports[number % len(job.ports)]))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets[line.fileno()] = line
            self.poll.register(line.fileno(), select.EPOLLIN)
        self.free = deque(self.sockets)
        self.under_way: dict[int, tuple[float, Shot]] = {}

    def send(self, shot: Shot, since: float) -> None:
        number = self.free.popleft()
        self.under_way[number] = (since, shot)
        self.sockets[number].send(shot.raw)

    def ready(self, wait_s: float) -> list[tuple[int, int]]:
        """Those on which something has come."""
        # epoll counts in milliseconds, which is too coarse to keep a pace by.
        if wait_s < SILENCE_S and not select.select([self.poll.fileno()], [], [], wait_s)[0]:
            return []
        if ready := self.poll.poll(SILENCE_S):
            return ready
        raise ConnectionError(f"No answer for {SILENCE_S:g} s.")

    def answer(self, number: int) -> bytes | None:
        """What has come there, if it is a whole answer now."""
        data = self.sockets[number].recv(ANSWER_BYTES)
        if not data:
            raise ConnectionError("The server hung up.")
        if self.parts and number in self.parts:
            data = self.parts.pop(number) + data
        if is_whole(data):
            return data
        self.parts[number] = data
        return None

    def close(self) -> None:
        self.poll.close()
        for line in self.sockets.values():
            line.close()


def is_whole(data: bytes) -> bool:
    """Whether all of an answer is there; its length must be said in the head, as the gateway does."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = data.find(b"content-length: ", 0, end + 2)
    assert at >= 0, data[:end]
    return len(data) >= end + 4 + int(data[at + 16 : data.find(b"\r\n", at)])


def is_expected(data: bytes, shot: Shot) -> bool:
    if not data.startswith(shot.begins):
        return False
    for needed in shot.fields:  # noqa: SIM110 - all() would make a generator for every answer
        if needed not in data:
            return False
    return True


def drive(lines: Lines, job: Job) -> Result:
    """Send them all, or as many as fit into the time; `per_second` is a pace, kept however slow the answers are.

    A latency counts from when the request should have left: one that had to wait for a free connection was slow.
    """
    waiting, result = deque(job.shots), Result(0, [], [])
    clock, between_s = time.perf_counter, 1 / job.per_second if job.per_second else 0.0
    cpu_s, began = time.process_time(), clock()
    until, due = began + job.max_seconds, began
    while True:
        now = clock()
        if now > until:
            waiting.clear()
        while waiting and lines.free and due <= now:
            lines.send(waiting.popleft(), due if between_s else clock())
            due += between_s
        if not waiting and not lines.under_way:
            break
        wait_s = due - now if between_s and waiting and lines.free else SILENCE_S
        for number, _ in lines.ready(wait_s):
            if data := lines.answer(number):
                at, (since, shot) = clock(), lines.under_way.pop(number)
                result.latencies_ms.append((at - since) * 1000)
                result.answered_at.append(at)
                result.bodies.append(data)
                if not is_expected(data, shot):
                    result.unexpected.append(data)
                lines.free.append(number)
    result.seconds = clock() - began
    result.cpu_s["load"] = time.process_time() - cpu_s
    epoch = time.time() - clock()
    result.answered_at = [epoch + at for at in result.answered_at]
    result.bodies = [data[data.find(b"\r\n\r\n") + 4 :] for data in result.bodies]
    return result


def main() -> None:
    """A job on standard input; "ready" is said, a line on standard input is the word to begin; out comes the result."""
    job: Job = pickle.load(sys.stdin.buffer)
    lines = Lines(job)
    gc.disable()  # nothing here is a cycle, and a search for some would be taken for the server's slowness
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    result = drive(lines, job)
    lines.close()
    pickle.dump(result, sys.stdout.buffer)
