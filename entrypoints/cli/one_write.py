"""A transport that sends an answer's head and body together."""

import asyncio
from collections.abc import Callable
from typing import Any


class OneWrite:
    """uvicorn writes both apart, and uvloop sends each at once: two calls of the kernel, and two packets that
    wake the client twice. What is written is held until `flush`, at the latest to the loop's next turn.

    It has what uvicorn asks of a transport, and no more.
    """

    def __init__(self, transport: asyncio.Transport, soon: Callable[[Callable[[], None]], Any]) -> None:
        self._transport = transport
        self._soon = soon
        self._held: list[bytes] = []
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort

    def write(self, data: bytes) -> None:
        if not self._held:
            self._soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._transport.write(b"".join(held))

    def drop(self) -> None:
        """What is held: the connection is gone."""
        self._held = []

    def close(self) -> None:
        self.flush()
        self._transport.close()
