"""One merchant of a run: its keys, its receiver's box, and the client process that sells for it."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.memory import Memory
from tests.faults.merchant import Config
from tests.faults.program import ROOT
from tests.faults.site import Site
from tests.faults.waiting import until

LINE_BYTES = 1 << 28
BEGIN_S, FINISH_S = 40.0, 220.0


@dataclass
class Trade:
    """Opened by `open_trade`."""

    site: Site
    name: str
    merchant_id: str
    headers: dict[str, str]
    boxes: dict[str, str] = field(default_factory=dict)  # of receivers, and the endpoint that each is
    _process: asyncio.subprocess.Process | None = None

    async def listen(self, box: str) -> None:
        """One more endpoint, whose receiver keeps books."""
        url = f"http://127.0.0.1:{self.site.receiver_port}/box/{box}"
        made = await self.ask("POST", "webhook_endpoints", url=url)
        await self.site.box(box, secret=made["secret"])
        self.boxes[box] = made["id"]

    async def recover(self, box: str, since: datetime) -> str:
        """Enable its endpoint, and ask for what it has missed; the replay's id."""
        path = f"webhook_endpoints/{self.boxes[box]}"
        await self.ask("PATCH", path, enabled=True)
        started = await self.ask("POST", f"{path}/replay", since=since.isoformat(), per_second=500)
        return str(started["id"])

    async def ask(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """The merchant's own hand, apart from the client that sells."""
        url = f"http://127.0.0.1:{self.site.any_port}/api/v1/{path}"
        answer = await self.site.web.request(method, url, json=body or None, headers=self.headers)
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    async def sell(self, **load: Any) -> None:
        ports = load.pop("ports", list(self.site.ports.values()))
        config = Config(ports, self.headers, self.name, **load)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.merchant", cwd=ROOT, limit=LINE_BYTES,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._say(json.dumps(asdict(config)))

    async def until_begun(self, payments: int) -> None:
        async def are_there() -> bool:
            return await self.payments() >= payments

        await until(are_there, BEGIN_S, f"{payments} payments of {self.name}")

    async def payments(self) -> int:
        [(count,)] = await self.site.sql(
            "SELECT count(*) FROM payments WHERE merchant_id = %s", self.merchant_id
        )
        return int(count)

    async def stop(self) -> None:
        """Nothing new is begun; returns when what was begun is finished."""
        assert self._process is not None and self._process.stdout is not None
        self._say("stop")
        async with asyncio.timeout(FINISH_S):
            line = await self._process.stdout.readline()
        assert line == b"finished\n", line[:500]

    async def repeat(self) -> Memory:
        """Everything once more under its key; then what the client remembers."""
        assert self._process is not None and self._process.stdout is not None
        self._say("repeat")
        async with asyncio.timeout(FINISH_S):
            line = await self._process.stdout.readline()
            await self._process.wait()
        return Memory.read(json.loads(line))

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")


async def open_trade(site: Site, name: str) -> Trade:
    """A new merchant with one healthy endpoint."""
    created = await site.gateway.create_merchant()(name, f"{name}@faults.example")
    key = created.keys["test"]
    headers = {"X-Api-Key": key.id, "X-Api-Secret": key.secret}
    trade = Trade(site, name, created.merchant.id, headers)
    await trade.listen(name)
    return trade
