"""Outside of development: no demo shop, and nobody may embed but who is registered."""

import pytest

from config.container import Gateway
from config.in_memory import in_memory
from config.settings import Environment
from tests.contracts.api.client import Api


@pytest.fixture
def gateway() -> Gateway:
    return in_memory(public_url="https://pay.example", environment=Environment.PRODUCTION)


async def test_nobody_is_registered(api: Api) -> None:
    order = await api.order()
    query = {"order_id": order["id"], "embedded": "true", "origin": "https://pay.example"}
    answer = await api.client.get("/checkout", params=query)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert '"parent":null' in answer.text


async def test_the_demo_shops_return_address_is_not_taken(api: Api) -> None:
    query = {"order_id": (await api.order())["id"], "return_url": "https://pay.example/demo"}
    assert (await api.client.get("/checkout", params=query)).status_code == 400


@pytest.mark.parametrize("path", ["/demo", "/demo/orders", "/demo/webhooks"])
async def test_there_is_no_demo_shop(api: Api, path: str) -> None:
    assert (await api.client.get(path)).status_code == 404
