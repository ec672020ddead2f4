"""A TCP proxy between a client and PostgreSQL that breaks the wire at one chosen moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

from sqlalchemy import make_url

CHUNK = 1 << 20


class Fault(StrEnum):
    """What happens to the message that is watched for, and to the connection it came on."""

    CUT_BEFORE = "cut before"  # it never arrives, and the connection ends
    CUT_AFTER = "cut after"  # it arrives, and the connection ends instead of the answer
    FREEZE_BEFORE = "freeze before"  # it never arrives, and nobody is told
    FREEZE_AFTER = "freeze after"  # it arrives, the answer does not, and nobody is told


class Proxy:
    """Forwards all until a message with `watched` in it comes by. Then it faults, once."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._watched, self._fault = b"", None
        self._wires: dict[_Wire, asyncio.Task[None] | None] = {}
        self.faults = 0

    def break_at(self, watched: bytes, fault: Fault) -> None:
        self._watched, self._fault = watched, fault

    def fault_for(self, data: bytes) -> Fault | None:
        if self._fault is None or self._watched not in data:
            return None
        fault, self._fault = self._fault, None
        self.faults += 1
        return fault

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        wire = _Wire(self, server_writer, writer)
        self._wires[wire] = asyncio.current_task()
        with suppress(OSError):
            await asyncio.gather(wire.up(reader), wire.down(server_reader))

    async def end(self) -> None:
        """Let go of every connection."""
        for wire in self._wires:
            wire.end()
        await asyncio.gather(*filter(None, self._wires.values()))


class _Wire:
    """One connection; `fault` once it is broken."""

    def __init__(self, proxy: Proxy, server: asyncio.StreamWriter, client: asyncio.StreamWriter) -> None:
        self._proxy, self._server, self._client = proxy, server, client
        self._fault: Fault | None = None

    async def up(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            self._fault = self._fault or self._proxy.fault_for(data)
            if self._fault is Fault.CUT_BEFORE:
                break
            if self._fault is not Fault.FREEZE_BEFORE:
                self._server.write(data)
        if self._fault is Fault.FREEZE_BEFORE:
            return  # the server is not told that the client has gone, either
        self.end()

    async def down(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            if self._fault is Fault.CUT_AFTER:
                break
            if self._fault is None:
                self._client.write(data)
        self.end()

    def end(self) -> None:
        self._client.close()
        self._server.close()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the PostgreSQL of this URL, and the URL that leads through it."""
    target = make_url(url)
    assert target.host and target.port
    proxy = Proxy(target.host, target.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, str(target.set(host="127.0.0.1", port=port))
    finally:
        server.close()
        await proxy.end()
