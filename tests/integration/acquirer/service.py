"""The simulator's service on a real socket of this machine, and the adapter that speaks to it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from dependency_injector import providers

from adapters.acquirer.processor import AcquirerProcessor
from adapters.simulator.memory_book import MemoryBook
from config.settings import Settings
from config.simulator import simulator_alone
from entrypoints.simulator.app import create_app
from entrypoints.simulator.server import serving
from entrypoints.simulator.simulation import Simulation, simulation
from ports.clock import Clock

TOKEN, SECRET = "the-token", "the-callback-secret"


@dataclass
class Service:
    """A running acquirer; `control` tells it what to do, as `/control/…` documents."""

    url: str
    simulation: Simulation
    client: httpx2.AsyncClient

    async def control(self, method: str, what: str, **body: Any) -> Any:
        answer = await self.client.request(method, f"{self.url}/control/{what}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def faults(self, *rules: dict[str, Any], **plan: Any) -> None:
        await self.control("PUT", "faults", rules=list(rules), **plan)

    async def fault(self, fault: str, **rule: Any) -> None:
        """One fault; it strikes the next call only, unless told otherwise."""
        await self.faults({"fault": fault, "next": 1, **rule})

    async def calm(self) -> None:
        await self.faults()

    async def report(self, key: str, **manner: Any) -> list[int | None]:
        """Callbacks now; how each was answered."""
        said = await self.control("POST", "callbacks", key=key, **manner)
        statuses: list[int | None] = said["statuses"]
        return statuses

    async def charges(self) -> int:
        return sum(1 for line in await self.lines() if line.taken)

    async def lines(self) -> list[Any]:
        return [line async for line in self.simulation.gateway.book().lines()]


def bound_socket() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def url_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def acquirer_service(
    clock: Clock, book: Any = None, callback_url: str | None = None, bound: socket.socket | None = None
) -> AsyncIterator[Service]:
    gateway = simulator_alone(Settings(public_url="https://pay.example"), memory=True)
    gateway.clock.override(providers.Object(clock))
    gateway.book.override(providers.Object(book or MemoryBook()))
    made = simulation(gateway, TOKEN, callback_url, SECRET)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as client,
        serving(create_app(made), bound or bound_socket()) as url,
    ):
        yield Service(url, made, client)


@asynccontextmanager
async def speaking_to(url: str, **more: Any) -> AsyncIterator[AcquirerProcessor]:
    processor = AcquirerProcessor(url, TOKEN, **{"timeout_s": 2.0, **more})
    try:
        yield processor
    finally:
        await processor.aclose()
