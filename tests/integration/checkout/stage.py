"""A whole gateway on loopback for a browser to use: in memory, its time running, its API to be taken away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from adapters.http.public_only import PublicOnly
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.system.chance import SystemChance
from config.in_memory import in_memory, work
from core.domain.merchant import Account, Mode
from core.domain.money import Money
from core.domain.order import Order
from core.use_cases.manage_api_keys import KeyPair
from core.use_cases.manage_merchants import Created
from entrypoints.api.app import create_app

TICK_S = 0.02
KEY = KeyPair("key_test_abc123", "secret_test_xyz789")


class Quiet(uvicorn.Server):
    """Leaves the test runner's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Served:
    """An ASGI application on a port of loopback, which can go away and come back there."""

    app: Any
    port: int = 0
    _server: Quiet | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(self.app, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
        self._server = Quiet(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with suppress(asyncio.CancelledError):
            await self._task
        self._server = None


@dataclass
class Stage:
    """The gateway and its API. `settings` may differ from those of development."""

    settings: dict[str, Any] = field(default_factory=dict)

    async def start(self) -> None:
        self.api = Served(None)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.api.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.api.port}"
        self.gateway = in_memory(public_url=self.url, rate_limits=False, **self.settings)
        self.gateway.chance.override(SystemChance())
        clock = self.gateway.clock()
        self.gateway.sender.override(HttpWebhookSender(clock, PublicOnly(allow_loopback=True)))
        self.merchant: Created = await self.gateway.create_merchant()(
            "Acme Stores", "dev@example.com", test_key=KEY
        )
        self.account = Account(self.merchant.merchant.id, Mode.TEST)
        self._working = asyncio.create_task(self._work())
        await self.come_back()

    async def go_away(self) -> None:
        """The API stops answering; what it has accepted goes on being worked on."""
        self.api.app.state.hub.close()
        await self.api.stop()

    async def come_back(self) -> None:
        self.api.app = create_app(self.gateway)
        await self.api.start()

    async def stop(self) -> None:
        await self.go_away()
        self._working.cancel()
        with suppress(asyncio.CancelledError):
            await self._working

    async def order(self, minor: int = 149_900, currency: str = "INR", **how: Any) -> Order:
        order: Order = await self.gateway.create_order()(self.account, Money(minor, currency), **how)
        return order

    async def allow(self, **changes: Any) -> None:
        """As the merchant would by `PATCH /api/v1/merchant`."""
        await self.gateway.update_merchant()(self.account, "test", changes)

    def advance(self, **by: float) -> None:
        self.gateway.clock().advance(**by)

    async def payments(self, order: Order) -> list[Any]:
        async with self.gateway.uow().begin() as tx:
            return list(await tx.payments.of(order.id))

    async def _work(self) -> None:
        """Time runs, and what is due is done, a moment later."""
        now = asyncio.get_running_loop().time
        before = now()
        while True:
            await asyncio.sleep(TICK_S)
            self.gateway.clock().advance(seconds=now() - before)
            before = now()
            await work(self.gateway)


@asynccontextmanager
async def a_stage(**settings: Any) -> AsyncIterator[Stage]:
    stage = Stage(settings)
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop()
