"""Every route against what belongs to somebody else: it does not exist."""

import re

import pytest

from config.container import Gateway
from entrypoints.api.app import routes
from entrypoints.api.routing import Door
from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Work

BODIES: dict[str, Json] = {
    "POST /api/v1/payments/{id}/capture": {"amount": 50_000},
    "POST /api/v1/payments/{id}/refunds": {"amount": 100},
    "POST /api/v1/webhook_endpoints/{id}/replay": {"since": "2026-01-01T00:00:00Z"},
    "PATCH /api/v1/webhook_endpoints/{id}": {"enabled": False},
}
# Every merchant's route that names an object; a new one is in the table by itself.
NAMING = sorted(
    f"{min(route.methods or (), key=lambda name: name == 'HEAD')} {route.path}"
    for route in routes(is_development=False)
    if "{" in route.path and isinstance(route.endpoint, Door) and not route.endpoint.is_public
)
LISTING = ("orders", "payments", "events", "webhook_endpoints", "webhooks")  # of keys everybody has one


@pytest.fixture
async def objects(api: Api, endpoint: Json, paid: Json, work: Work) -> Json:
    """One of each kind, by the word that stands before it in a path."""
    refund = made(await api.post(f"payments/{paid['id']}/refunds", {"amount": 100}, key="k"), 201)
    await work()
    wanted = {"since": "2026-01-01T00:00:00Z"}
    replay = made(await api.post(f"webhook_endpoints/{endpoint['id']}/replay", wanted), 201)
    return {
        "orders": paid["order_id"], "payments": paid["id"], "refunds": refund["id"],
        "webhook_endpoints": endpoint["id"], "webhooks": made(await api.get("webhooks"))["data"][0]["id"],
        "events": made(await api.get("events"))["data"][0]["id"], "idempotency_keys": "k",
        "webhook_replays": replay["id"],
        "api_keys": api.credentials["X-Api-Key"],
    }  # fmt: skip


def test_the_table_is_complete():
    assert len(NAMING) == 23


async def test_what_belongs_to_another_does_not_exist(api: Api, objects: Json):
    strangers = {"another merchant": api.other_merchant, "the other mode": api.live}
    for route in NAMING:
        method, _, template = route.partition(" ")
        path = re.sub(r"(\w+)/{[\w:]+}", lambda found: f"{found[1]}/{objects[found[1]]}", template)
        nothing = re.sub(r"[^_/]{16}(?=/|$)", "0" * 16, path) if "webhooks" not in path else None
        for name, stranger in strangers.items():
            assert stranger is not None
            body = {} if method == "GET" else {"json": BODIES.get(route, {})}
            answer = await stranger.send(method, path, **body)
            error = refused(answer, 404, "NOT_FOUND_ERROR")
            if nothing is not None:  # and is told so in the very words for what never was
                absent = refused(await stranger.send(method, nothing, **body), 404, "NOT_FOUND_ERROR")
                assert error | {"request_id": ""} == absent | {"request_id": ""}, (name, route)
        if method == "GET":
            made(await api.send(method, path))


async def test_lists_have_ones_own_only(api: Api, objects: Json):
    for stranger in (api.other_merchant, api.live):
        assert stranger is not None
        for path in LISTING:
            assert made(await stranger.get(path))["data"] == [], path
            if path != "webhooks":
                answer = await stranger.get(path, starting_after=objects[path])
                refused(answer, 404, "NOT_FOUND_ERROR")
        assert made(await stranger.get("payments", order_id=objects["orders"]))["data"] == []


async def test_another_merchants_order_cannot_be_paid(api: Api, objects: Json, gateway: Gateway):
    body = {"order_id": objects["orders"], "method": "upi", "vpa": "a@b"}
    for stranger in (api.other_merchant, api.live):
        assert stranger is not None
        refused(await stranger.post("payments", body), 404, "NOT_FOUND_ERROR", "order_not_found")
        assert made(await stranger.get("merchant"))["keys"][0]["id"] == stranger.credentials["X-Api-Key"]
