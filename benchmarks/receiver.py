"""A merchant's receiver, in a process of its own: answers 204 at once and remembers what came when."""

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver(asyncio.Protocol):
    """Notes when each event first came; GET answers with how many did and when each payment succeeded, and
    GET /arrived with when each event did."""

    events: dict[str, float] = {}  # noqa: RUF012 - one receiver a process
    repeats = 0
    succeeded: dict[str, float] = {}  # noqa: RUF012 - one receiver a process

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head_end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:head_end].lower()
            if head.startswith(b"get"):
                self._buffer = b""
                return self._tell(everything=head.startswith(b"get /arrived"))
            at = head.find(b"content-length:")
            end = head_end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._buffer) < end:
                return None
            body, self._buffer = self._buffer[head_end + 4 : end], self._buffer[end:]
            self._transport.write(ANSWER)
            self._note(body)
        return None

    def _note(self, body: bytes) -> None:
        event = json.loads(body)
        Receiver.repeats += event["id"] in Receiver.events
        Receiver.events.setdefault(event["id"], time.time())
        if event["event"] == "payment.success":
            Receiver.succeeded[event["data"]["payment"]["id"]] = time.time()

    def _tell(self, *, everything: bool) -> None:
        told: dict[str, object] = {"events": len(self.events), "repeats": Receiver.repeats}
        told |= {"arrived": self.events} if everything else {"succeeded": self.succeeded}
        body = json.dumps(told).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port)
    print("listening", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
