"""What merchants do with their webhooks meanwhile."""

import asyncio
from random import Random

from tests.simulation.client import Client, read

ROOT = "/api/v1/webhook_endpoints"
FILTERS: tuple[list[str], ...] = ([], [], ["payment.*"], ["payment.success", "refund.processed"])


class Office:
    """Endpoints come, change and go; what they have missed is replayed."""

    def __init__(self, number: int, merchant: Client, chance: Random) -> None:
        self._name = f"shop{number}"
        self._merchant = merchant
        self._shops = merchant.world.shops
        self._chance = chance
        self._made = 0
        self._endpoints: list[str] = []
        self._urls: dict[str, str] = {}

    async def open(self, count: int) -> None:
        for _ in range(count):
            await self._add()

    async def run(self, actions: int) -> None:
        for _ in range(actions):
            await asyncio.sleep(self._chance.uniform(0, 8))
            act = self._chance.choice(
                (
                    self._add,
                    self._switch,
                    self._delete,
                    self._rotate,
                    self._replay,
                    self._replay,
                    self._recover,
                    self._recover,
                    self._test,
                )
            )
            await act()

    async def _add(self) -> None:
        self._made += 1
        body = {"url": f"https://{self._name}.example/{self._made}", "events": self._chance.choice(FILTERS)}
        answer = await self._merchant.ask("POST", ROOT, body, key=f"{self._name}-{self._made}")
        if made := read(answer):
            self._endpoints.append(made["id"])
            self._urls[made["id"]] = made["url"]
            self._shops.learn(made["url"], made["secret"])

    async def _switch(self) -> None:
        if self._endpoints:
            path, enabled = f"{ROOT}/{self._chance.choice(self._endpoints)}", self._chance.random() < 0.6
            await self._merchant.ask("PATCH", path, {"enabled": enabled})
            if not enabled and self._chance.random() < 0.7:
                await self._merchant.ask("POST", f"{path}/test")

    async def _delete(self) -> None:
        if len(self._endpoints) > 1:
            id = self._endpoints.pop(self._chance.randrange(len(self._endpoints)))
            await self._merchant.ask("DELETE", f"{ROOT}/{id}")

    async def _rotate(self) -> None:
        if self._endpoints:
            id = self._chance.choice(self._endpoints)
            self._shops.doubt(self._urls[id])
            told = read(await self._merchant.ask("POST", f"{ROOT}/{id}/rotate_secret"))
            if told:
                self._shops.learn(self._urls[id], told["secret"])

    async def _replay(self) -> None:
        listed = read(await self._merchant.ask("GET", "/api/v1/webhooks")).get("data", [])
        if listed:
            id = self._chance.choice(listed)["id"]
            await self._merchant.ask("POST", f"/api/v1/webhooks/{id}/retry")

    async def _recover(self) -> None:
        """Enable an endpoint, whoever disabled it, and ask for what it has missed; or for what has failed, or all."""
        if not self._endpoints:
            return
        path, self._made = f"{ROOT}/{self._chance.choice(self._endpoints)}", self._made + 1
        if self._chance.random() < 0.5:
            await self._merchant.ask("PATCH", path, {"enabled": True})
        wanted = {
            "since": "2020-01-01T00:00:00Z",
            "scope": self._chance.choice(("undelivered", "undelivered", "failed", "all")),
            "per_second": self._chance.choice((1, 5, 50)),
        }
        key = f"{self._name}-{self._made}"
        await self._merchant.ask("POST", f"{path}/replay", wanted, key=key)
        if self._chance.random() < 0.3:  # somebody else at the same desk
            await self._merchant.ask("POST", f"{path}/replay", wanted, key=f"{key}-again")

    async def _test(self) -> None:
        if self._endpoints:
            await self._merchant.ask("POST", f"{ROOT}/{self._chance.choice(self._endpoints)}/test")
