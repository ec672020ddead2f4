"""What open streams cost, and how they end."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI

from adapters.unit_of_work.store import Changes, Fate, Store, Want
from config.container import Gateway
from core.domain.merchant import ApiKey
from core.domain.payment import Payment
from entrypoints.api import hub, stream
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, made, refused
from tests.contracts.api.fixtures import Work


class Counting:
    """A store that counts how often each kind of row is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads: list[type] = []

    async def read(self, wants: Sequence[Want]) -> list[list[Any]]:
        self.reads += [want.kind for want in wants]
        return await self._store.read(wants)

    async def write(self, group: Sequence[Changes]) -> None:
        await self._store.write(group)

    async def fate(self, ticket: str) -> Fate:
        return await self._store.fate(ticket)


@pytest.fixture
def counting(gateway: Gateway) -> Counting:
    counting = Counting(gateway.store())
    gateway.store.override(counting)
    return counting


class Browser:
    """One open connection, heard message by message."""

    def __init__(self, app: FastAPI, path: str, method: str = "GET") -> None:
        self.heard: list[Any] = []
        self.gone = asyncio.Event()
        self._body_sent = False
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [], "scheme": "http", "root_path": "", "http_version": "1.1",
        }  # fmt: skip
        self.request = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self._body_sent:
            self._body_sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.heard.append(message)

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.heard).decode()


async def until(condition: Any) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def a_stream(api: Api) -> str:
    payment = await api.pay(await api.order())
    return f"/api/v1/payments/{payment['id']}/public/stream"


async def test_many_streams_cost_one_read_per_tick(
    counting: Counting, api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub, "TICK_S", 0.01)
    app, path = create_app(gateway), await a_stream(api)
    browsers = [Browser(app, path) for _ in range(50)]
    await until(lambda: all(browser.text for browser in browsers))
    counting.reads.clear()
    await asyncio.sleep(0.1)
    assert 1 <= counting.reads.count(Payment) <= 11
    app.state.hub.close()
    await asyncio.gather(*(browser.request for browser in browsers))


async def test_a_browser_that_leaves_costs_nothing_more(
    counting: Counting, api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub, "TICK_S", 0.01)
    browser = Browser(create_app(gateway), await a_stream(api))
    await until(lambda: browser.text)
    browser.gone.set()
    await asyncio.wait_for(browser.request, 1)
    await asyncio.sleep(0.03)
    counting.reads.clear()
    await asyncio.sleep(0.05)
    assert counting.reads == []


async def test_a_silent_stream_shows_that_it_lives(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(stream, "STREAM_S", 0.1)
    browser = Browser(create_app(gateway), await a_stream(api))
    await asyncio.wait_for(browser.request, 1)  # it does not last for ever
    assert browser.text.startswith("retry: 2000\nid: ")
    assert browser.text.count(": still here\n\n") > 1
    assert browser.heard[-1] == {"type": "http.response.body", "body": b""}


async def test_there_is_room_for_so_many_streams_and_no_more(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    path = await a_stream(api)
    monkeypatch.setattr(hub, "MAX_WAITING", 0)
    answer = await api.get(path)
    refused(answer, 503, "SERVICE_UNAVAILABLE", "too_many_streams")


async def test_head_does_not_open_a_stream(api: Api, gateway: Gateway):
    browser = Browser(create_app(gateway), await a_stream(api), "HEAD")
    await asyncio.wait_for(browser.request, 1)
    assert [message.get("body") for message in browser.heard] == [None, b""]


async def test_a_busy_merchants_key_is_not_read_for_every_request(counting: Counting, api: Api, work: Work):
    for _ in range(20):
        made(await api.get("orders"))
    assert counting.reads.count(ApiKey) == 1
