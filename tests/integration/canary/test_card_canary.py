"""Card numbers are sent everywhere, while everything fails; none of them is anywhere afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from core.domain.merchant import Mode
from entrypoints.cli.listening import free_port
from tests.faults.servers import connected
from tests.faults.site import Site, a_site
from tests.faults.waiting import until
from tests.integration.canary import traces
from tests.integration.canary.cards import CVV_MARK, Aviary
from tests.integration.canary.smuggling import Sent, everywhere

SETTLED_S, AT_ONCE = 60.0, 8
FAULTS = (
    "down", "error_before", "error_after", "hang_after", "cut_midway", "garbled", "wrong_type", "oversized",
    "rate_limited", "says_declined",
)  # fmt: skip

Json = dict[str, Any]


@dataclass
class Coop:
    """A gateway at work, and what it has answered."""

    site: Site
    headers: Json
    metrics_port: int
    aviary: Aviary
    heard: list[bytes]
    answers: list[bytes] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    async def ask(self, method: str, url: str, *, keyed: bool = True, **more: Any) -> httpx2.Response:
        headers = (self.headers if keyed else {}) | more.pop("headers", {})
        base = f"http://127.0.0.1:{self.site.any_port}"
        answer = await self.site.web.request(method.upper(), base + url, headers=headers, **more)
        self.answers.append(f"{answer.headers}".encode() + answer.content)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        return answer

    async def order(self, amount: int = 50_000) -> str:
        answer = await self.ask("POST", "/api/v1/orders", json={"amount": amount})
        return str(answer.raise_for_status().json()["id"])

    async def pay(
        self, how: str, *, key: str | None = None, public: bool = False, amount: int = 50_000, **changes: Any
    ) -> httpx2.Response:
        """A payment by a card of its own; `changes` are to the card."""
        canary = self.aviary.new(how)
        body = {"order_id": await self.order(amount), "method": "card", "card": canary.card(**changes)}
        headers = {"Idempotency-Key": key} if key else {}
        path = "/api/v1/payments" + ("/public" if public else "")
        return await self.ask("POST", path, keyed=not public, json=body, headers=headers)

    async def is_settled(self) -> bool:
        return await self.site.open_operations() == 0

    async def found(self) -> list[str]:
        """Where a number turned up."""
        places = await traces.rows(self.site) | traces.logs(self.site.folder)
        places["answers"] = b"\n".join(self.answers)
        places["commands of Valkey"] = b"\n".join(self.heard)
        places["keys of Valkey"] = await traces.keys(self.site)
        places["metrics"] = await traces.metrics(self.metrics_port)
        for name in ("answers", "commands of Valkey", "metrics", "table public.payments"):
            assert len(places[name]) > 100, name
        told = b"".join(text for name, text in places.items() if name.startswith("log"))
        assert b"INSERT INTO payments" in told  # of PostgreSQL: every statement
        return [found for name, text in places.items() for found in self.aviary.found_in(name, text)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def coop() -> AsyncIterator[Coop]:
    port = free_port()
    more = {"GATEWAY_LOG_LEVEL": "DEBUG", "GATEWAY_METRICS_PORT": str(port)}
    async with a_site(lease_s=10.0, roles=("api", "worker", "scheduler"), **more) as site:
        created = await site.gateway.create_merchant()("Acme Stores", "owner@acme.example")
        pair = created.keys[Mode.TEST]
        headers = {"X-Api-Key": pair.id, "X-Api-Secret": pair.secret}
        await traces.have_postgres_tell_all(site)
        async with traces.overheard(site) as heard:
            coop = Coop(site, headers, port, Aviary(), heard)
            url = f"http://127.0.0.1:{site.receiver_port}/box/canary"
            (await coop.ask("POST", "/api/v1/webhook_endpoints", json={"url": url})).raise_for_status()
            yield coop


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_no_card_number_is_anywhere(coop: Coop) -> None:
    await everything_goes_well(coop)
    await the_processor_fails(coop)
    await we_fail(coop)
    await it_is_sent_everywhere(coop)
    await until(coop.is_settled, SETTLED_S, "every operation is settled")
    assert await coop.found() == []
    assert len(coop.aviary.sent_as) > 1_000
    # All of it was really tried.
    assert {200, 201, 400, 401, 404, 405, 413, 415, 500, 503} <= coop.statuses.keys(), coop.statuses


async def everything_goes_well(coop: Coop) -> None:
    for public in (False, True):
        canary = coop.aviary.new(f"a sound payment, public: {public}")
        body = {"order_id": await coop.order(), "method": "card", "card": canary.card()}
        path = "/api/v1/payments" + ("/public" if public else "")
        for replayed in (None, "true"):
            answer = await coop.ask("POST", path, json=body, headers={"Idempotency-Key": f"sound-{public}"})
            assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (201, replayed)
        assert (
            await coop.pay(f"a bad name, public: {public}", public=public, holder_name=" ")
        ).status_code == 400
        marked = await coop.pay(f"a bad cvv, public: {public}", public=public, cvv=f"{CVV_MARK}77")
        assert marked.status_code == 400


async def the_processor_fails(coop: Coop) -> None:
    for fault in FAULTS:
        for calls in (["tokenize"], ["authorize"]) if fault != "says_declined" else (["authorize"],):
            await coop.site.faults({"fault": fault, "calls": calls, "next": 2})
            await coop.pay(f"while the processor's {calls[0]} is {fault}", key=f"{fault}-{calls[0]}")
    await coop.site.faults()


async def we_fail(coop: Coop) -> None:
    """A bug of ours: the database refuses what we write, and the log has its traceback; then a table is missing."""
    await coop.site.sql("ALTER TABLE payments ADD CONSTRAINT a_bug CHECK (amount <> 77777) NOT VALID")
    for public in (False, True):
        answer = await coop.pay("with a bug", key=f"bug-{public}", public=public, amount=77_777)
        assert answer.status_code == 500, answer.text
    await coop.site.sql("ALTER TABLE payments DROP CONSTRAINT a_bug")
    await coop.site.sql("ALTER TABLE payments RENAME TO mislaid")
    for public in (False, True):
        answer = await coop.pay("while a table is missing", key=f"missing-{public}", public=public)
        assert answer.status_code == 503, answer.text
    await coop.site.sql("ALTER TABLE mislaid RENAME TO payments")


async def it_is_sent_everywhere(coop: Coop) -> None:
    document = (await coop.ask("GET", "/openapi.json")).json()
    coop.answers.pop()  # its examples have a card
    known = await objects(coop)
    bugs = coop.statuses[500]
    for some in batched(everywhere(document, known, coop.aviary), AT_ONCE):
        await asyncio.gather(*(send(coop, sent) for sent in some))
        assert coop.statuses[500] == bugs, some


async def send(coop: Coop, sent: Sent) -> None:
    keyed = not {"X-Api-Key", "X-Api-Secret", "Authorization"} & sent.headers.keys()
    await coop.ask(sent.method, sent.url, keyed=keyed, headers=sent.headers, content=sent.content)


def batched(all_of_them: Iterator[Sent], size: int) -> Iterator[tuple[Sent, ...]]:
    while some := tuple(islice(all_of_them, size)):
        yield some


async def objects(coop: Coop) -> Json:
    answer = await coop.pay("the payment that is asked about", key="known")
    payment = answer.raise_for_status().json()
    await until(coop.is_settled, SETTLED_S, "every operation is settled")
    refund = await coop.ask("POST", f"/api/v1/payments/{payment['id']}/refunds", json={"amount": 100})
    spare = await coop.ask("POST", "/api/v1/api_keys", json={"scope": "read_only"})  # it will be revoked
    lists = {name: (await coop.ask("GET", f"/api/v1/{name}")).json()["data"] for name in
             ("webhook_endpoints", "webhooks", "events")}  # fmt: skip
    endpoint = f"/api/v1/webhook_endpoints/{lists['webhook_endpoints'][0]['id']}"
    replay = await coop.ask("POST", f"{endpoint}/replay", json={"since": "2026-01-01T00:00:00Z"})
    return {
        "webhook_replays": replay.raise_for_status().json()["id"],
        "orders": payment["order_id"], "payments": payment["id"], "return": payment["id"], "processors": "test",
        "refunds": refund.raise_for_status().json()["id"], "idempotency_keys": "known",
        "api_keys": spare.raise_for_status().json()["id"], **{name: listed[0]["id"] for name, listed in lists.items()},
    }  # fmt: skip


@pytest.mark.parametrize(
    "form", ["", " ", "-", "%20", "middle", "base64 0", "base64 1", "base64 2", "hex", "cvv", "mark"]
)
async def test_one_that_is_left_somewhere_is_found(coop: Coop, form: str) -> None:
    """In a column, in a key that is removed at once, in a log and in an answer."""
    canary = coop.aviary.new(f"planted as {form}")
    forms = canary.forms() | {
        "cvv": f'"cvv": "{canary.cvv}"'.encode(), "mark": f"{CVV_MARK}1".encode(),
    }  # fmt: skip
    text = forms[form].decode()
    order = await coop.order()
    async with connected(coop.site.postgres) as connection:
        await connection.execute("UPDATE orders SET receipt = %s WHERE id = %s", (text, order))
    client = coop.site.gateway.redis()
    await client.set("canary", text)
    await client.delete("canary")
    log = coop.site.of("worker")[0].log
    size = log.stat().st_size
    with log.open("a") as file:
        file.write(text)
    coop.answers.append(text.encode())
    try:
        found = {line.partition(":")[0] for line in await coop.found()}
        assert {"table public.orders", "commands of Valkey", f"log {log.name}", "answers"} <= found
    finally:  # so that the next is found by itself
        async with connected(coop.site.postgres) as connection:
            await connection.execute("UPDATE orders SET receipt = NULL WHERE id = %s", (order,))
        coop.heard[:] = [command for command in coop.heard if text.encode() not in command]
        coop.answers.pop()
        with log.open("r+") as file:
            file.truncate(size)
