"""A load generator in a process of its own: keep-alive connections that send the next request on each answer."""

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop


@dataclass(frozen=True)
class Request:
    """One request, and the status that counts as its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    expect: int

    def raw(self, host: str) -> bytes:
        body = self.body.encode()
        head = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Result:
    """What came of a run. `bodies` are the answers, in the order in which they came."""

    seconds: float
    latencies_ms: list[float]
    statuses: dict[int, int]
    bodies: list[str]
    unexpected: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Work:
    """What is left to send, and when the next of it may leave."""

    def __init__(self, requests: deque[tuple[bytes, int]], per_second: float | None) -> None:
        self.requests = requests
        self._between_s = 1 / per_second if per_second else 0.0
        self._next_at = time.perf_counter()

    def wait_s(self) -> float:
        if not self._between_s:
            return 0.0
        at = max(self._next_at, time.perf_counter())
        self._next_at += self._between_s
        return at - time.perf_counter()


class _Connection(asyncio.Protocol):
    def __init__(self, work: "Work", result: Result, until: float) -> None:
        self._work, self._result, self._until = work, result, until
        self._buffer = b""
        self._expect = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._work.requests or time.perf_counter() > self._until:
            self._transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        raw, self._expect = self._work.requests.popleft()
        asyncio.get_running_loop().call_later(self._work.wait_s(), self._send, raw)

    def _send(self, raw: bytes) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) < head_end + 4 + length:
            return
        self._result.latencies_ms.append((time.perf_counter() - self._sent_at) * 1000)
        status = int(head[9:12])
        self._result.statuses[status] = self._result.statuses.get(status, 0) + 1
        self._result.bodies.append(self._buffer[head_end + 4 :].decode())
        if status != self._expect:
            self._result.unexpected.append(self._result.bodies[-1])
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))


async def drive(
    host: str, port: int, requests: list[Request], connections: int, max_seconds: float,
    per_second: float | None = None,
) -> Result:  # fmt: skip
    """Send them all, or as many as fit into `max_seconds`, over so many connections; `per_second` is a pace."""
    raw = deque((request.raw(f"{host}:{port}"), request.expect) for request in requests)
    work = Work(raw, per_second)
    result = Result(0, [], {}, [])
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(work, result, began + max_seconds), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    result.seconds = time.perf_counter() - began
    return result


def main() -> None:
    """Requests as JSON on standard input, the result as JSON on standard output."""
    job = json.load(sys.stdin)
    requests = [Request(**request) for request in job["requests"]]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        options = (job["connections"], job["max_seconds"], job["per_second"])
        result = runner.run(drive(job["host"], job["port"], requests, *options))
    if result.unexpected:
        example = result.unexpected[0][:300]
        print(
            f"{len(result.unexpected)} unexpected answers of {result.statuses}; for example {example}",
            file=sys.stderr,
        )
        sys.exit(1)
    json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
