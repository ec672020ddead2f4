"""uvicorn, as we want it: fast, silent about itself, graceful, and clear about a port that is taken."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import socket
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from config.container import Gateway
from config.lifespan import opened
from config.settings import Settings
from entrypoints.api.app import create_app
from entrypoints.circuits import watch_circuits
from entrypoints.cli.bounded_http import BoundedHttp
from entrypoints.cli.listening import listen
from entrypoints.cli.troubles import read_settings
from entrypoints.logs import set_up_logging
from entrypoints.metrics import metrics_middleware, serve_metrics
from entrypoints.process import calm_collector

GRACE_S = 10
BACKLOG = 2048
# libuv (since 1.50) takes one connection off a socket per turn of its loop. Under load a turn takes milliseconds, and
# whoever comes anew would wait for seconds, only to be told that we are busy (ADR 0014 has the figures).
ACCEPTED_PER_TURN = 16

log = logging.getLogger(__name__)


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Until SIGTERM or SIGINT. Raises Trouble and Unavailable for what an operator can put right."""
    set_up_logging("api", settings.log_level)
    listening = listen(host, port)
    # Before uvicorn, which would answer what is missing with a traceback.
    asyncio.run(_check(settings))
    config = uvicorn.Config(
        "entrypoints.cli.api_server:build",
        factory=True,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # it would believe X-Forwarded-For of any process on this machine
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    if workers > 1:
        Multiprocess(config, sockets=_several(listening)).run()
        return
    # When all is done uvicorn raises the signal that ended it once more, which would make it look like a crash.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run(sockets=_several(listening))


def _several(listening: socket) -> list[socket]:
    """The same socket, so often that as many connections are accepted at a time."""
    return [listening, *(listening.dup() for _ in range(ACCEPTED_PER_TURN - 1))]


def build() -> Any:
    """The app of one server process; its settings are in the environment."""
    settings = read_settings()
    set_up_logging("api", settings.log_level)
    gateway = Gateway(settings=settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(gateway):
            _when_told_to_stop(app.state.hub.close)
            calm_collector()
            log.info("api_started")
            yield
        log.info("api_stopped")

    app = create_app(gateway, lifespan)
    if not serve_metrics(settings):
        return app
    watch_circuits(gateway)
    return metrics_middleware(app, app.routes)


def _when_told_to_stop(close: Callable[[], None]) -> None:
    """Before uvicorn waits for open streams, which would go on for the whole grace."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _both(lambda: loop.call_soon_threadsafe(close), signal.getsignal(number)))


def _both(first: Callable[[], object], then: Any) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        first()
        if callable(then):
            then(number, frame)

    return handle


async def _check(settings: Settings) -> None:
    async with opened(Gateway(settings=settings)):
        pass
