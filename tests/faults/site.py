"""Everything that a gateway in production has, as processes of this machine, each able to fail by itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from config.container import Gateway
from config.settings import Settings
from entrypoints.cli.listening import free_port
from entrypoints.cli.migration import migrate_database
from tests.faults.program import Program
from tests.faults.servers import Machine, a_postgres, a_valkey, connected
from tests.faults.surroundings import a_folder, environment
from tests.faults.waiting import until

START_S = 60.0
CALM: tuple[dict[str, Any], ...] = ({"fault": "callback_never"},)


@dataclass
class Site:
    """`apis`, `workers` and `schedulers` are those that are there from the beginning."""

    folder: Path
    env: dict[str, str]
    postgres: Machine
    valkey: Machine
    gateway: Gateway  # of the harness itself, to take merchants in and to read rows
    processor_port: int
    receiver_port: int
    programs: list[Program] = field(default_factory=list)
    removed: list[Program] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)  # of the APIs, by name
    web: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(trust_env=False, timeout=5))
    _added: int = 0

    @property
    def any_port(self) -> int:
        return next(iter(self.ports.values()))

    def of(self, role: str) -> list[Program]:
        return [program for program in self.programs if program.name.startswith(role)]

    async def add(self, role: str, *, planted: dict[str, str] | None = None, **env: str) -> Program:
        """One more process; `planted` is for its first start alone."""
        self._added += 1
        name = f"{role}-{self._added}"
        arguments = ["tests.faults.launcher", role]
        if role == "api":
            self.ports[name] = free_port()
            arguments += ["--port", str(self.ports[name])]
        program = Program(name, arguments, self.env | env, self.folder)
        self.programs.append(program)
        return await program.start(**(planted or {}))

    async def settled(self, program: Program) -> None:
        """It does its work: it takes jobs, leads or answers."""
        await until(lambda: _has_said(program, "_started"), START_S, f"{program.name} has started")
        await until(self.is_up, START_S, "everything is up")

    async def remove(self, program: Program, within_s: float = 30.0) -> float:
        """As an operator takes one away; how many seconds that took."""
        self.ports.pop(program.name, None)
        took_s = await program.end(within_s)
        self.programs.remove(program)
        self.removed.append(program)
        return took_s

    async def faults(
        self, *rules: dict[str, Any], calm: Sequence[dict[str, Any]] = CALM, **plan: Any
    ) -> None:
        """What goes wrong at the processor from now on; nothing, without rules."""
        body = {"rules": [*rules, *calm], **plan}
        (await self._control("PUT", "faults", body)).raise_for_status()

    async def report(self, key: str) -> None:
        """Have the processor say that there is news of an operation, however old that is."""
        answer = (await self._control("POST", "callbacks", {"key": key})).raise_for_status()
        assert answer.json()["statuses"] == [202], answer.text

    async def box(self, name: str, **wanted: str) -> dict[str, Any]:
        """A receiver's books, after telling it its secret or its manner."""
        url = f"http://127.0.0.1:{self.receiver_port}/box/{name}"
        if wanted:
            (await self.web.put(url, json=wanted)).raise_for_status()
        books: dict[str, Any] = (await self.web.get(url)).raise_for_status().json()
        return books

    async def health(self, port: int | None = None) -> tuple[int, dict[str, Any]]:
        answer = await self.web.get(f"http://127.0.0.1:{port or self.any_port}/health")
        return answer.status_code, answer.json()

    async def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        async with connected(self.postgres) as connection:
            cursor = await connection.execute(query.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def open_operations(self) -> int:
        [(count,)] = await self.sql("SELECT count(*) FROM operations WHERE status = 'open'")
        return int(count)

    async def is_up(self) -> bool:
        try:
            healths = [await self.health(port) for port in self.ports.values()]
            await self.faults()
            await self.box("none")
        except (httpx2.HTTPError, OSError, ValueError):
            return False
        return all(health["status"] == "healthy" for _, health in healths)

    async def _control(self, method: str, what: str, body: dict[str, Any]) -> httpx2.Response:
        url = f"http://127.0.0.1:{self.processor_port}/control/{what}"
        headers = {"Authorization": f"Bearer {self.env['GATEWAY_PROCESSOR_TOKEN']}"}
        return await self.web.request(method, url, json=body, headers=headers)


@asynccontextmanager
async def a_site(
    *, lease_s: float, roles: Sequence[str] = ("api", "api", "worker", "scheduler"), **more: str
) -> AsyncIterator[Site]:
    """`more` goes into the environment of all."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(a_folder())
        postgres, valkey = a_postgres(folder), a_valkey(folder)
        stack.push_async_callback(postgres.kill)
        stack.push_async_callback(valkey.kill)
        processor, receiver = free_port(), free_port()
        env = environment(postgres, valkey, processor, lease_s) | more
        settings = {
            name.removeprefix("GATEWAY_").lower(): value
            for name, value in env.items()
            if name.startswith("GATEWAY_")
        }
        gateway = Gateway(settings=Settings(**settings))  # type: ignore[arg-type]  # texts, as from the environment
        site = Site(folder, env, postgres, valkey, gateway, processor, receiver)
        stack.push_async_callback(_end, site)
        await migrate_database(gateway.settings())
        await _begin(site, roles)
        yield site


async def _has_said(program: Program, word: str) -> bool:
    return word in program.log.read_text(errors="replace")


async def _begin(site: Site, roles: Sequence[str]) -> None:
    acquirer = ["tests.faults.launcher", "simulator", "--memory", "--port", str(site.processor_port)]
    for role in roles:
        await site.add(role)
    callbacks = f"http://127.0.0.1:{site.any_port}/processors/test/callbacks"
    for name, arguments in (
        ("simulator", [*acquirer, "--callback-url", callbacks]),
        ("receiver", ["tests.faults.receiver", str(site.receiver_port)]),
    ):
        site.programs.append(await Program(name, arguments, site.env, site.folder).start())
    await until(site.is_up, START_S, "everything is up")


async def _end(site: Site) -> None:
    for program in site.programs:
        await program.abandon()
    await site.gateway.database().close()
    await site.web.aclose()
