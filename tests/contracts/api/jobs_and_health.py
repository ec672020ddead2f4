"""What is owed and whether anybody works, as API.md has it."""

from collections.abc import Callable
from typing import Any

from config.container import Gateway
from core.domain.errors import Unavailable
from core.use_cases.manage_api_keys import KeyPair
from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Work


class Away:
    """A port whose server does not answer."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def fail(*args: object, **more: object) -> None:
            raise Unavailable("away", "It is away.")

        return fail


async def health(api: Api) -> Json:
    assert api.anonymous is not None
    body = made(await api.anonymous.get("/health"))
    assert body.keys() == {"status", "database", "redis", "worker", "timestamp"}
    assert body.pop("timestamp").endswith("Z")
    return body


async def test_a_healthy_gateway_says_so(api: Api, gateway: Gateway):
    await gateway.coordination().beat("worker", "w1", ttl_s=10)
    assert await health(api) == {
        "status": "healthy", "database": "connected", "redis": "connected", "worker": "running",
    }  # fmt: skip


async def test_without_a_worker_payments_are_still_accepted(api: Api):
    assert await health(api) == {
        "status": "degraded", "database": "connected", "redis": "connected", "worker": "stopped",
    }  # fmt: skip
    await api.pay(await api.order())


async def test_without_redis_payments_are_still_accepted(api: Api, gateway: Gateway):
    gateway.coordination.override(Away())
    assert await health(api) == {
        "status": "degraded", "database": "connected", "redis": "disconnected", "worker": "unknown",
    }  # fmt: skip
    await api.pay(await api.order())


async def test_without_the_database_it_is_unhealthy(api: Api, gateway: Gateway):
    gateway.queries.override(Away())
    answer = await api.get("/health")
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["database"]) == ("unhealthy", "disconnected")
    error = refused(await api.get("orders"), 503, "SERVICE_UNAVAILABLE", "away")
    assert error["description"] == "It is away."
    assert made(await api.get("/health/live")) == {"status": "alive"}


async def test_the_figures_are_true(api: Api, gateway: Gateway, work: Work):
    empty = {"pending": 0, "processing": 0, "failed": 0}
    lanes = {"money": empty, "deliveries": empty, "retries": empty}
    before = {
        "pending": 0, "processing": 0, "completed": 0, "failed": 0, "worker_status": "stopped", "lanes": lanes,
    }  # fmt: skip
    assert made(await api.get("jobs/status")) == before
    await api.pay(await api.order())
    owed = made(await api.get("jobs/status"))
    assert (owed["pending"], owed["lanes"]["money"]["pending"]) == (1, 1)
    await work()
    await gateway.coordination().beat("worker", "w1", ttl_s=10)
    after = made(await api.get("jobs/status"))
    assert after == before | {"completed": 1, "worker_status": "running"}
    assert made(await api.get("test/jobs/status")) == after
    gateway.coordination.override(Away())
    assert made(await api.get("jobs/status"))["worker_status"] == "stopped"


async def test_the_test_merchant_is_shown_without_its_secret(api: Api, gateway: Gateway):
    assert api.anonymous is not None
    refused(await api.anonymous.get("test/merchant"), 404, "NOT_FOUND_ERROR", "merchant_not_found")
    pair = KeyPair("key_test_abc123", "secret_test_xyz789")
    created = await gateway.create_merchant()("Test", "test@example.com", test_key=pair)
    assert made(await api.anonymous.get("test/merchant")) == {
        "id": created.merchant.id, "email": "test@example.com", "api_key": "key_test_abc123", "seeded": True,
    }  # fmt: skip
