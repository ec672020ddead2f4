"""A gateway in memory that can be away, and a merchant's client of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from config.container import Gateway
from config.in_memory import in_memory, work
from core.domain.merchant import Mode
from entrypoints.api.app import create_app
from entrypoints.cli.demo.shop import Shop
from entrypoints.cli.develop.following import Event, Events

WITHIN_S = 20.0


@dataclass
class World:
    """A gateway that can be away, a merchant's client of it, and what was told."""

    gateway: Gateway
    client: httpx2.AsyncClient
    told: list[str]
    is_away: bool = False

    @property
    def shop(self) -> Shop:
        return Shop(self.client)

    def events(self, **how: Any) -> Events:
        return Events(self.client, self.told.append, **how)

    async def pay(self, times: int = 1) -> None:
        for _ in range(times):
            await self.shop.pay_by_upi(await self.shop.order(500), "asha@okbank")
        await work(self.gateway)

    async def all(self) -> list[Event]:
        """Oldest first; of at most 100."""
        page = await self.shop.get("events", limit=100)
        assert not page["has_more"]
        return list(reversed(page["data"]))


class Line(httpx2.AsyncBaseTransport):
    """The way to the gateway, which may be cut."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx2.ASGITransport(app)
        self.world: World | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.world is not None and self.world.is_away:
            raise httpx2.ConnectError("refused")
        return await self._inner.handle_async_request(request)


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    gateway = in_memory(rate_limits=False)
    key = (await gateway.create_merchant()("Acme", "a@acme.example")).keys[Mode.TEST]
    line = Line(create_app(gateway))
    credentials = {"X-Api-Key": key.id, "X-Api-Secret": key.secret}
    async with httpx2.AsyncClient(transport=line, base_url="http://gateway", headers=credentials) as client:
        line.world = World(gateway, client, [])
        yield line.world


@asynccontextmanager
async def working(gateway: Gateway) -> AsyncIterator[None]:
    """As workers and a scheduler do in the background."""

    async def forever() -> None:
        while True:
            await work(gateway)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def take(events: Events, count: int) -> list[Event]:
    taken: list[Event] = []
    async with asyncio.timeout(WITHIN_S):
        async for event in events.follow():
            taken.append(event)
            if len(taken) == count:
                break
    return taken


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not happened():
            await asyncio.sleep(0.01)
