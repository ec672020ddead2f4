"""A gateway's API with its merchants; the `gateway` itself, and how time passes for it, come from elsewhere."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest

from config.container import Gateway
from config.in_memory import work as do_all_due
from core.domain.merchant import Mode
from core.use_cases.manage_merchants import Created
from entrypoints.api.app import create_app
from tests.contracts.api.client import Api, Json, card, made

Work = Callable[[], Awaitable[None]]
Later = Callable[[float], Awaitable[None]]


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(gateway))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
async def api(gateway: Gateway, client: httpx2.AsyncClient) -> Api:
    """Acme Stores in test mode, who knows the others."""
    gateway.live_processor.override(gateway.processor)
    acme = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    rival = await gateway.create_merchant()("Rival Stores", "owner@rival.example")
    api = _api(client, acme, Mode.TEST)
    api.live = _api(client, acme, Mode.LIVE)
    api.other_merchant = _api(client, rival, Mode.TEST)
    api.anonymous = Api(client, {})
    return api


def _api(client: httpx2.AsyncClient, created: Created, mode: Mode) -> Api:
    pair = created.keys[mode]
    credentials = {"X-Api-Key": pair.id, "X-Api-Secret": pair.secret}
    secret = created.signing_secrets[mode]
    return Api(client, credentials, created.merchant.id, created.merchant.name, signing_secret=secret)


@pytest.fixture
def work(gateway: Gateway) -> Work:
    """Do all that is due."""

    async def do() -> None:
        await do_all_due(gateway)

    return do


@pytest.fixture
async def paid(api: Api, work: Work) -> Json:
    """A payment that has succeeded."""
    payment = await api.pay(await api.order())
    await work()
    return await api.see(payment)


@pytest.fixture
async def held(api: Api, work: Work) -> Json:
    """A payment that is authorized and not captured."""
    payment = await api.pay(await api.order(capture="manual"), card=card())
    await work()
    payment = await api.see(payment)
    assert payment["status"] == "authorized"
    return payment


@pytest.fixture
async def endpoint(api: Api) -> Json:
    return made(await api.post("webhook_endpoints", {"url": "https://shop.example/hook"}), 201)
