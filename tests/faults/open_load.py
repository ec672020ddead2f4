"""An open load, in a process of its own: requests leave when they are due, whether or not others were answered.

That is how shoppers come. A generator that waits for answers would slow down with the server, and hide its delay;
here each latency counts from the moment at which the request was due.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

TICK_S = 0.001
MAX_CONNECTIONS = 4_000
ANSWER_S = 10.0


@dataclass
class Curve:
    """What came of a load: latencies in ms by status, and how many could not even be sent."""

    rate: float
    seconds: float
    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    unsent: int = 0
    unanswered: int = 0
    broken: int = 0
    retry_after: int = 0  # of the 503, how many said when to come back
    lag_ms: float = 0.0  # the latest that a request left after it was due


class _Connection(asyncio.Protocol):
    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._buffer = b""
        self.due_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, raw: bytes, due_at: float) -> None:
        self.due_at = due_at
        self.transport.write(raw)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        at = head.find(b"content-length:")
        if len(self._buffer) < head_end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self._buffer = b""
        self._load.answered(self, head)

    def connection_lost(self, error: Exception | None) -> None:
        self._load.lost(self)


class _Load:
    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self.curve = Curve(job["rate"], job["seconds"])
        self._idle: list[_Connection] = []
        self._waiting: set[_Connection] = set()
        self._opening = 0
        self._counts: Counter[str] = Counter()

    async def run(self) -> Curve:
        began, sent, count = time.perf_counter(), 0, round(self._job["rate"] * self._job["seconds"])
        while sent < count:
            now = time.perf_counter()
            while sent < count and (due_at := began + sent / self._job["rate"]) <= now:
                self.curve.lag_ms = max(self.curve.lag_ms, (now - due_at) * 1000)
                self._send(self._raw(sent), due_at)
                sent += 1
            await asyncio.sleep(TICK_S)
        until = time.perf_counter() + ANSWER_S
        while (self._waiting or self._opening) and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        self.curve.unanswered = len(self._waiting) + self._opening
        return self.curve

    def _send(self, raw: bytes, due_at: float) -> None:
        if self._idle:
            connection = self._idle.pop()
            self._waiting.add(connection)
            connection.send(raw, due_at)
        elif len(self._waiting) + self._opening < MAX_CONNECTIONS:
            self._opening += 1
            asyncio.get_running_loop().create_task(self._open(raw, due_at))
        else:
            self.curve.unsent += 1

    async def _open(self, raw: bytes, due_at: float) -> None:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self), "127.0.0.1", self._job["port"]
            )
        except OSError:
            self.curve.broken += 1
        else:
            self._waiting.add(connection)
            connection.send(raw, due_at)
        finally:
            self._opening -= 1

    def answered(self, connection: _Connection, head: bytes) -> None:
        status = head[9:12].decode()
        took_ms = (time.perf_counter() - connection.due_at) * 1000
        self.curve.latencies_ms.setdefault(status, []).append(round(took_ms, 2))
        self.curve.retry_after += status == "503" and b"\r\nretry-after:" in head
        self._waiting.discard(connection)
        self._idle.append(connection)

    def lost(self, connection: _Connection) -> None:
        if connection in self._waiting:
            self._waiting.discard(connection)
            self.curve.broken += 1
        elif connection in self._idle:
            self._idle.remove(connection)

    def _raw(self, number: int) -> bytes:
        id = order_id(self._job["first"] + number)
        body = json.dumps({"order_id": id, "method": "upi", "vpa": "asha@okbank"}).encode()
        head = f"{self._job['head']}Idempotency-Key: {id}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def order_id(number: int) -> str:
    return f"order_{number:016d}"


def main() -> None:
    load = _Load(json.load(sys.stdin))
    json.dump(asdict(uvloop.run(load.run())), sys.stdout)


if __name__ == "__main__":
    main()
