"""Deliveries that are set going again just while they are under way, or while their secret changes."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.servers import Bench
from entrypoints.simulator.server import serving
from tests.integration.acquirer.service import bound_socket, url_of
from tests.integration.test_races import ROUNDS, SEED, bench
from tests.integration.two_apis import FINISH_S, TwoApis

__all__ = ["bench"]
pytestmark = pytest.mark.xdist_group("processes")


class Receiver:
    """Remembers every webhook, and takes a moment over each, so that there is something to race with."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []

    async def take(self, request: Request) -> Response:
        body = await request.body()
        await asyncio.sleep(0.005)
        self.heard.append((body, dict(request.headers)))
        return Response(status_code=204)

    def times(self) -> Counter[str]:
        return Counter(json.loads(body)["id"] for body, _ in self.heard)


class Shop(TwoApis):
    """With an endpoint of its own."""

    def __init__(self, bench: Bench, receiver: Receiver, endpoint: dict[str, Any]) -> None:
        super().__init__(bench, SEED)
        self.receiver = receiver
        self._endpoint_id = endpoint["id"]
        self.path = f"/webhook_endpoints/{endpoint['id']}"
        self.secret: str = endpoint["secret"]
        self._seen: set[str] = set()

    async def new_delivery(self) -> str:
        """Of a payment that has just been made; it may be under way."""
        await self.pay()
        async with asyncio.timeout(FINISH_S):
            while True:
                listed = (await self.get("/webhooks?limit=10"))["data"]
                for id in [row["id"] for row in listed if row["id"] not in self._seen]:
                    self._seen.add(id)
                    if (await self.get(f"/webhooks/{id}"))["endpoint_id"] == self._endpoint_id:
                        return str(id)

    async def delivered(self, id: str) -> dict[str, Any]:
        async with asyncio.timeout(FINISH_S):
            while (delivery := await self.get(f"/webhooks/{id}"))["status"] == "pending":
                await asyncio.sleep(0.01)
        return delivery


@pytest.fixture
async def shop(bench: Bench) -> AsyncIterator[Shop]:
    receiver, socket = Receiver(), bound_socket()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    async with serving(app, socket):
        first = TwoApis(bench, SEED)
        made = await first.post("/webhook_endpoints", {"url": f"{url_of(socket)}/hook"})
        await first.aclose()
        shop = Shop(bench, receiver, made.json())
        yield shop
        await shop.delete(shop.path)
        await shop.aclose()


async def test_a_replay_during_a_delivery_is_one_more_attempt_or_none_and_each_is_recorded(shop: Shop):
    for _ in range(ROUNDS):
        id = await shop.new_delivery()
        answers = await shop.race(*[(f"/webhooks/{id}/retry", None)] * 4)
        assert {answer.status_code for answer in answers} == {200}
        delivery = await shop.delivered(id)
        assert delivery["status"] == "success"
        await asyncio.sleep(0.05)  # whoever comes now comes too late
        delivery = await shop.delivered(id)
        times = shop.receiver.times()[delivery["payload"]["id"]]
        assert 1 <= len(delivery["attempt_log"]) == times <= 6


async def test_a_retry_during_a_rotation_is_signed_by_a_secret_that_the_merchant_knows(shop: Shop):
    id = await shop.new_delivery()
    await shop.delivered(id)
    for _ in range(ROUNDS):
        before = len(shop.receiver.heard)
        retried, rotated = await shop.race(
            (f"/webhooks/{id}/retry", None), (f"{shop.path}/rotate_secret", None)
        )
        assert (retried.status_code, rotated.status_code) == (200, 200)
        old, shop.secret = shop.secret, rotated.json()["secret"]
        await shop.delivered(id)
        assert all(
            is_signed(*heard, old) or is_signed(*heard, shop.secret) for heard in shop.receiver.heard[before:]
        )
        assert len(shop.receiver.heard) > before
        assert (await shop.post(f"/webhooks/{id}/retry")).status_code == 200
        await shop.delivered(id)
        body, headers = shop.receiver.heard[-1]
        assert is_signed(body, headers, shop.secret), "after the rotation, by the new one"
        assert is_signed(body, headers, old), "and, for a while, by the old one too"


def is_signed(body: bytes, headers: dict[str, str], secret: str) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
