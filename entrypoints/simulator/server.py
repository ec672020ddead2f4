"""uvicorn as the simulator needs it: within our own loop, and with connections that can be cut."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from entrypoints.simulator.misbehave import TRANSPORT

GRACE_S = 2  # for those who hang on purpose too
BACKLOG = 2048

log = logging.getLogger(__name__)


class _Cuttable(HttpToolsProtocol):
    """Leaves the connection where a handler can break it, which ASGI has no words for."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[TRANSPORT] = self.transport


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the process that we are a part of."""
        yield


@asynccontextmanager
async def serving(app: Any, bound: socket.socket) -> AsyncIterator[str]:
    """The app at work on that socket, and its address."""
    config = uvicorn.Config(
        app, http=_Cuttable, ws="none", lifespan="on", log_config=None, access_log=False,
        server_header=False, backlog=BACKLOG, timeout_graceful_shutdown=GRACE_S,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    host, port = bound.getsockname()[:2]
    try:
        await server.is_up.wait()
        log.info("simulator_listens", extra={"host": host, "port": port})
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await task
