"""API, worker, scheduler and their servers, all as children of this process."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

from entrypoints.cli.child import Child, Say
from entrypoints.cli.dev.environment import development, tell_environment
from entrypoints.cli.dev.prepare import prepare
from entrypoints.cli.troubles import Trouble

START_S, PATIENCE_S, HEALTHY_S, LOOK_S = 180.0, 30.0, 60.0, 0.1
API_GRACE_S, GRACE_S, SERVERS_GRACE_S = 15.0, 25.0, 40.0
ROLES = ("api", "worker", "scheduler")
SERVERS = {"GATEWAY_DATABASE_URL": "--postgres", "GATEWAY_REDIS_URL": "--valkey"}

Step = Callable[[str], None]  # what begins now


class Stack:
    """Started by `start`, ended by `stop`; `given_up` fails with Trouble when a child cannot be kept alive."""

    def __init__(self, data_dir: Path, port: int, say: Say) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.data_dir = data_dir
        self.given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._say = say
        self._port = port
        self._stopping = asyncio.Event()
        self._servers: Child | None = None
        self._children: dict[str, Child] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._addresses: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def start(self, step: Step) -> None:
        """Returns when all of it is healthy. Our own environment becomes that of the children."""
        os.environ.update(development(self.data_dir, self._port))
        missing = [option for setting, option in SERVERS.items() if not os.environ.get(setting)]
        if missing:
            step("Starting PostgreSQL and Valkey")
            self._servers = Child("servers", ["servers", str(self.data_dir), *missing], self._hear_servers)
            os.environ.update(await self._started_servers(self._servers))
            self._keep(self._servers)
        tell_environment(self.data_dir)
        step("Preparing the database")
        await prepare(patience_s=PATIENCE_S if missing else 0.0)
        step("Starting API, worker and scheduler")
        for role in ROLES:
            self._children[role] = child = Child(role, [role], self._say)
            await child.start()
            self._keep(child)
        await self._healthy()

    async def stop(self) -> None:
        """First those who take requests, then those who do the work, then what they stand on."""
        self._stopping.set()
        if "api" in self._children:
            await self._children["api"].stop(API_GRACE_S)
        await asyncio.gather(*(child.stop(GRACE_S) for child in self._children.values()))
        if self._servers is not None:
            if (
                not self._servers.is_running
            ):  # killed; the servers it owned are not, and go with its successor
                await self._started_servers(self._servers)
            await self._servers.stop(SERVERS_GRACE_S)
        await asyncio.gather(*self._keeping, return_exceptions=True)
        self.given_up.cancel()

    def hurry(self) -> None:
        """Let nothing finish. The servers still end cleanly: they are quick, and have data."""
        for child in self._children.values():
            child.kill()

    async def _started_servers(self, servers: Child) -> dict[str, str]:
        """Where they are, as settings."""
        await servers.start()
        told = asyncio.create_task(self._addresses.get())
        ended = asyncio.create_task(servers.wait())
        await asyncio.wait([told, ended], timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if told.done():
            return told.result()
        told.cancel()
        raise Trouble("PostgreSQL and Valkey cannot be started.", "What they said is above.")

    def _keep(self, child: Child) -> None:
        def note(kept: asyncio.Task[None]) -> None:
            error = None if kept.cancelled() else kept.exception()
            if error is not None and not self.given_up.done():
                self.given_up.set_exception(error)

        self._keeping.append(asyncio.create_task(child.keep(self._stopping)))
        self._keeping[-1].add_done_callback(note)

    def _hear_servers(self, name: str, line: str) -> None:
        """Its first line is for us: the addresses."""
        if line.startswith("{"):
            self._addresses.put_nowait(json.loads(line))
        else:
            self._say(name, line)

    async def _healthy(self) -> None:
        seen: Any = "no answer"
        try:
            async with asyncio.timeout(HEALTHY_S), httpx2.AsyncClient(trust_env=False) as client:
                while True:
                    try:
                        seen = (await client.get(f"{self.url}/health")).json()
                        if seen["status"] == "healthy":
                            return
                    except httpx2.HTTPError:
                        pass
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise Trouble(f"The gateway is not healthy after {HEALTHY_S:.0f} s: {seen}.") from None


async def run_stack(
    stack: Stack, body: Callable[[], Awaitable[None]], step: Step, stop: asyncio.Event
) -> None:
    """Start, do `body`, stop; earlier when told to, or when a child gives up. Raises Trouble."""

    async def story() -> None:
        await stack.start(step)
        await body()

    async def told() -> None:
        await stop.wait()

    tasks = [asyncio.create_task(story()), asyncio.create_task(told())]
    try:
        done, _ = await asyncio.wait([stack.given_up, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            one.result()
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stack.stop()
