"""A shop, the acquirer that takes its money, and the gateway between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from config.in_memory import in_memory
from core.domain.merchant import Account, Mode
from core.domain.operation import Kind, Operation
from core.domain.payment import Payment
from entrypoints.api.app import create_app
from entrypoints.simulator.server import serving
from tests.integration.acquirer.service import (
    SECRET,
    TOKEN,
    Service,
    acquirer_service,
    bound_socket,
    url_of,
)
from tests.unit.conftest import Shop


@dataclass
class Town:
    """The gateway is in memory; between it and the acquirer are real sockets, both ways."""

    shop: Shop
    acquirer: Service
    url: str

    async def operation(self, payment: Payment, kind: Kind = Kind.AUTHORIZE) -> Operation:
        operations = (await self.shop.history(payment)).operations
        return next(op for op in operations if op.kind is kind)

    async def totals(self) -> tuple[int, int]:
        """Taken and given back, by the acquirer's book, as the gateway can read it."""
        book = self.shop.gateway.book_for()(Mode.TEST)
        lines = [line async for line in book.lines()]
        return sum(line.taken for line in lines), sum(line.given_back for line in lines)

    async def news(self) -> None:
        """Let the callbacks that are under way arrive, and do what they make due."""
        await self.acquirer.simulation.callbacks.idle()
        await self.shop.work()


@asynccontextmanager
async def a_town(*, callbacks: bool, **settings: Any) -> AsyncIterator[Town]:
    ours, theirs = bound_socket(), bound_socket()
    gateway = in_memory(**{
        "processor": "http", "processor_url": url_of(theirs), "processor_token": TOKEN,
        "processor_callback_secret": SECRET, "processor_timeout_s": 0.3, **settings,
    })  # fmt: skip
    clock = gateway.clock()
    gateway.acquirer().circuit.now_s = lambda: clock().timestamp()
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    shop = Shop(gateway, Account(created.merchant.id, Mode.TEST))
    callback_url = f"{url_of(ours)}/processors/test/callbacks" if callbacks else None
    async with (
        serving(create_app(gateway), ours) as url,
        acquirer_service(clock, callback_url=callback_url, bound=theirs) as acquirer,
    ):
        yield Town(shop, acquirer, url)
        await gateway.acquirer().aclose()
