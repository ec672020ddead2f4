"""Who may ask, and that nothing is looked at before, as API.md has it."""

from base64 import b64encode

import pytest

from config.container import Gateway
from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Later


@pytest.fixture
def anybody(api: Api) -> Api:
    assert api.anonymous is not None
    return api.anonymous


WITHOUT: list[Json] = [
    {},
    {"X-Api-Key": "right"},
    {"X-Api-Secret": "right"},
    {"X-Api-Key": "right", "X-Api-Secret": "wrong"},
    {"X-Api-Key": "right", "X-Api-Secret": ""},
    {"X-Api-Key": "key_test_unknown", "X-Api-Secret": "right"},
    {"X-Api-Key": "nonsense", "X-Api-Secret": "right"},
    {"X-Api-Key": "right", "X-Api-Secret": b"\xff"},
    {"Authorization": "Bearer right"},
    {"Authorization": "Basic nonsense"},
    {"Authorization": "Basic " + b64encode(b"no colon").decode()},
    {"Authorization": "Basic " + b64encode(b"key_test_\0:x").decode()},
    {"Authorization": "Basic " + b64encode(b"\xff:x").decode()},
]


async def test_without_credentials_nothing_else_is_looked_at(api: Api, anybody: Api):
    for headers in WITHOUT:
        right = {
            name: api.credentials[name] if value == "right" else value for name, value in headers.items()
        }
        for method, path in (("POST", "orders"), ("GET", "orders/nonsense"), ("GET", "merchant")):
            for content in (b"", b"{", b"x" * 70_000):
                answer = await anybody.send(method, path, headers=right, content=content)
                error = refused(answer, 401, "AUTHENTICATION_ERROR", "invalid_credentials")
                assert error["description"] == "Invalid API credentials"
                assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_the_pair_may_come_as_http_basic(api: Api, anybody: Api):
    pair = f"{api.credentials['X-Api-Key']}:{api.credentials['X-Api-Secret']}".encode()
    for scheme in ("Basic", "basic"):
        headers = {"Authorization": f"{scheme} {b64encode(pair).decode()}"}
        assert made(await anybody.send("GET", "merchant", headers=headers))["id"] == api.merchant_id


async def test_a_revoked_key_is_wrong(api: Api, gateway: Gateway, later: Later):
    made(await api.get("merchant"))
    async with gateway.uow().begin() as tx:
        key = await tx.api_keys.get(api.credentials["X-Api-Key"])
        key.revoked_at = gateway.clock()()
    await later(4)  # what is known of keys may be three seconds old
    refused(await api.get("merchant"), 401, "AUTHENTICATION_ERROR")
