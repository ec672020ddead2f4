"""Everything that a benchmark measures, started for it alone and stopped after it."""

import json
import os
import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from adapters.embedded import start_postgres, start_valkey
from benchmarks import generator
from benchmarks.load import Job, Request, Result, shots
from benchmarks.processes import Launch, ended_by_sigterm, free_port, gateway, plainly, start, wait_until_live


@dataclass
class Bench:
    """A gateway under load: where its APIs are, a merchant's headers, and its processes by name and by group."""

    ports: list[int]
    headers: dict[str, str]
    env: dict[str, str]
    pids: dict[str, int]
    groups: dict[str, list[int]]
    launch: Launch = plainly

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def database_url(self) -> str:
        return self.env["GATEWAY_DATABASE_URL"].replace("+psycopg", "")

    def run(
        self,
        requests: list[Request],
        *,
        connections: int,
        max_seconds: float = 600,
        per_second: float | None = None,
    ) -> Result:
        """In a process of its own, so that it does not share the event loop with what it measures."""
        job = Job(self.ports, shots(requests, f"127.0.0.1:{self.port}"), connections, max_seconds, per_second)
        return generator.run(job, self.groups)

    def post(
        self, path: str, body: dict[str, object], key: str | None = None, fields: tuple[bytes, ...] = ()
    ) -> Request:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return Request("POST", path, headers, json.dumps(body), 201, fields)

    def get(self, path: str, fields: tuple[bytes, ...] = ()) -> Request:
        return Request("GET", path, self.headers, "", 200, fields)


@contextmanager
def running(
    *roles: str,
    apis: int = 1,
    database: Mapping[str, str] = MappingProxyType({}),
    launch: Launch = plainly,
    data: Path | None = None,
    **settings: str,
) -> Iterator[Bench]:
    """PostgreSQL (durable: fsync and synchronous_commit on), Valkey, API processes, and these roles.

    `database` are PostgreSQL's settings beyond its own, which no figure that counts may need; `data` a folder that it
    has filled already.
    """
    with ended_by_sigterm(), ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gateway-bench-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = start_postgres(data or folder, settings=database)
        stack.callback(postgres.stop)
        valkey = start_valkey(folder)
        stack.callback(valkey.stop)
        ports = [free_port() for _ in range(apis)]
        env = os.environ | {
            "GATEWAY_DATABASE_URL": postgres.url,
            "GATEWAY_REDIS_URL": valkey.url,
            "GATEWAY_PEPPER": secrets.token_hex(32),
            "GATEWAY_ENCRYPTION_KEYS": f"bench:{b64encode(secrets.token_bytes(32)).decode()}",
            "GATEWAY_ENVIRONMENT": "development",
            "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
            "GATEWAY_RATE_LIMITS": "false",
            "GATEWAY_SIMULATOR_DELAY_MS": "0",
            "GATEWAY_LOG_LEVEL": "WARNING",
            **settings,
        }
        gateway(env, "migrate")
        email = f"bench-{secrets.token_hex(4)}@example.com"
        made = gateway(env, "merchant", "create", "--name", "Bench", "--email", email, "--json")
        pids = {role: start(stack, launch, env, role) for role in roles}
        for port in ports:
            pids[f"api {port}"] = start(stack, launch, env | {"GATEWAY_PORT": str(port)}, "api")
        for port in ports:
            wait_until_live(port)
        headers = credentials(made) | {"Content-Type": "application/json"}
        servers = {"postgres": [postgres.pid], "valkey": [valkey.pid]}
        yield Bench(ports, headers, env, pids, _grouped(pids) | servers, launch)


def _grouped(pids: dict[str, int]) -> dict[str, list[int]]:
    """By role: "api 8001" and "api 8002" are both "api"."""
    groups: dict[str, list[int]] = {}
    for name, pid in pids.items():
        groups.setdefault(name.split()[0], []).append(pid)
    return groups


def credentials(created: str) -> dict[str, str]:
    test = json.loads(created)["test"]
    return {"X-Api-Key": test["api_key"], "X-Api-Secret": test["api_secret"]}


@contextmanager
def started(bench: Bench, role: str) -> Iterator[int]:
    """One more process of that role, which may have options; its pid."""
    with ExitStack() as stack:
        pid = start(stack, bench.launch, bench.env, role)
        group = bench.groups.setdefault(role.split()[0], [])
        group.append(pid)
        stack.callback(group.remove, pid)
        yield pid
