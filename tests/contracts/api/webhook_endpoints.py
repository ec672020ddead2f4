"""Webhook endpoints, as API.md has them."""

from base64 import b64decode

import pytest

from config.container import Gateway
from core.domain.ids import is_id
from core.domain.replay import ReplayScope
from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Later, Work

ENDPOINT = {
    "id", "url", "events", "description", "headers", "enabled", "disabled_reason", "disabled_at", "created_at",
}  # fmt: skip
URL = "https://shop.example/hook"


def is_secret(text: str) -> bool:
    return text.startswith("whsec_") and len(b64decode(text.removeprefix("whsec_"))) == 32


async def test_an_endpoint_shows_its_secret_once(api: Api):
    body = {"url": URL, "events": ["payment.success", "refund.*", "refund.*"], "description": "Orders"}
    created = made(await api.post("webhook_endpoints", body), 201)
    assert created.keys() == ENDPOINT | {"secret"}
    assert is_id(created["id"], "we")
    assert (created["url"], created["description"], created["enabled"]) == (URL, "Orders", True)
    assert created["events"] == ["payment.success", "refund.*"]
    assert is_secret(created.pop("secret"))
    assert made(await api.get(f"webhook_endpoints/{created['id']}")) == created
    assert made(await api.get("webhook_endpoints"))["data"] == [created]


async def test_an_endpoint_gets_all_events_by_default(endpoint: Json):
    assert (endpoint["events"], endpoint["description"]) == ([], None)


WRONG: list[tuple[Json, str]] = [
    ({}, "url"), ({"url": 7}, "url"), ({"url": ""}, "url"), ({"url": "shop.example"}, "url"),
    ({"url": "ftp://shop.example"}, "url"), ({"url": "https://10.0.0.1/hook"}, "url"),
    ({"url": "https://169.254.169.254/latest"}, "url"), ({"url": "https://[::1"}, "url"),
    ({"url": "https://u:p@shop.example/"}, "url"), ({"url": "https://shop.example/" + "x" * 5000}, "url"),
    ({"url": "https://shop.example:22/"}, "url"),
    ({"url": URL, "events": "payment.success"}, "events"),
    ({"url": URL, "events": ["payment.paid"]}, "events.0"),
    ({"url": URL, "events": ["payment.*", "*"]}, "events.1"),
    ({"url": URL, "events": [7]}, "events.0"),
    ({"url": URL, "events": ["payment.*"] * 100}, "events"),
    ({"url": URL, "description": "x" * 256}, "description"),
    ({"url": URL, "headers": {"Host": "x"}}, "headers"),
    ({"url": URL, "headers": {"Webhook-Id": "x"}}, "headers"),
    ({"url": URL, "headers": {"Transfer-Encoding": "chunked"}}, "headers"),
    ({"url": URL, "headers": {"X-A": "1", "x-a": "2"}}, "headers"),
    ({"url": URL, "headers": {f"X-{n}": "1" for n in range(11)}}, "headers"),
    ({"url": URL, "headers": {"X A": "1"}}, "headers.X A"),
    ({"url": URL, "headers": {"X-A": "1\r\nX-B: 2"}}, "headers.X-A"),
    ({"url": URL, "headers": {"X-A": ""}}, "headers.X-A"),
]  # fmt: skip


async def test_a_wrong_endpoint_says_which_field(api: Api, endpoint: Json):
    for body, field in WRONG:
        refused(await api.post("webhook_endpoints", body), 400, field=field)
        if body:
            refused(await api.patch(f"webhook_endpoints/{endpoint['id']}", body), 400, field=field)


async def test_an_endpoint_is_changed_where_named(api: Api, endpoint: Json):
    path = f"webhook_endpoints/{endpoint['id']}"
    del endpoint["secret"]
    assert made(await api.patch(path, {})) == endpoint
    changed = made(await api.patch(path, {"enabled": False, "description": "Paused"}))
    assert changed.pop("disabled_at").endswith("Z")
    paused = {"enabled": False, "disabled_reason": "merchant"}
    assert changed == {k: v for k, v in endpoint.items() if k != "disabled_at"} | paused | {
        "description": "Paused"
    }
    wanted = {"url": "https://b.example/", "events": ["order.paid"], "description": None, "enabled": True}
    changed = made(await api.patch(path, wanted))
    assert changed == endpoint | wanted
    assert made(await api.get(path)) == changed
    for body, field in (({"enabled": "no"}, "enabled"), ({"url": None}, "url")):
        refused(await api.patch(path, body), 400, field=field)


async def test_a_removed_endpoint_is_gone(api: Api, endpoint: Json):
    path = f"webhook_endpoints/{endpoint['id']}"
    answer = await api.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert made(await api.get("webhook_endpoints"))["data"] == []
    refused(await api.get(path), 404, "NOT_FOUND_ERROR", "webhook_endpoint_not_found")
    refused(await api.delete(path), 404, "NOT_FOUND_ERROR")
    refused(await api.patch(path, {"enabled": True}), 404, "NOT_FOUND_ERROR")
    refused(await api.post(f"{path}/rotate_secret"), 404, "NOT_FOUND_ERROR")


async def test_a_rotated_secret_is_new_and_shown_once(api: Api, endpoint: Json):
    rotated = made(await api.post(f"webhook_endpoints/{endpoint['id']}/rotate_secret"))
    assert rotated.keys() == endpoint.keys()
    assert is_secret(rotated["secret"])
    assert rotated["secret"] != endpoint["secret"]


async def test_a_repeated_rotation_gets_the_same_secret_and_does_not_rotate_again(api: Api, endpoint: Json):
    path = f"webhook_endpoints/{endpoint['id']}/rotate_secret"
    first = await api.post(path, key="rotate-1")
    again = await api.post(path, key="rotate-1")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert made(await api.get("idempotency_keys/rotate-1"))["response"] is None
    other = made(await api.post(path, key="rotate-2"))
    assert other["secret"] != made(first)["secret"]


async def test_endpoints_are_listed_by_cursor(api: Api, later: Later):
    ids = []
    for _ in range(3):
        ids.insert(0, made(await api.post("webhook_endpoints", {"url": URL}), 201)["id"])
        await later(1)
    page = made(await api.get("webhook_endpoints", limit=2))
    assert ([row["id"] for row in page["data"]], page["has_more"]) == (ids[:2], True)
    page = made(await api.get("webhook_endpoints", starting_after=ids[1]))
    assert ([row["id"] for row in page["data"]], page["has_more"]) == (ids[2:], False)


async def test_a_repeated_creation_gets_the_same_secret_and_nobody_else_reads_it(api: Api, gateway: Gateway):
    first = await api.post("webhook_endpoints", {"url": URL}, key="k")
    again = await api.post("webhook_endpoints", {"url": URL}, key="k")
    assert (again.status_code, again.content) == (201, first.content)
    assert len(made(await api.get("webhook_endpoints"))["data"]) == 1
    use = made(await api.get("idempotency_keys/k"))
    assert (use["resource_id"], use["response"]) == (first.json()["id"], None)
    async with gateway.uow().begin() as tx:
        record = await tx.keys.find(f"{api.merchant_id}:test", "k")
    assert record is not None
    assert "whsec_" not in record.body


async def test_development_may_listen_on_loopback(api: Api):
    made(await api.post("webhook_endpoints", {"url": "http://127.0.0.1:9000/hook"}), 201)


async def test_headers_of_ones_own_are_never_shown_again(api: Api, gateway: Gateway):
    wanted = {"url": URL, "headers": {"Authorization": "Bearer t0p", "X-Shop": "7"}}
    created = made(await api.post("webhook_endpoints", wanted), 201)
    assert created["headers"] == {"Authorization": "***", "X-Shop": "***"}
    path = f"webhook_endpoints/{created['id']}"
    assert made(await api.patch(path, {"description": "x"}))["headers"] == created["headers"]
    assert made(await api.patch(path, {"headers": {}}))["headers"] == {}


async def test_a_test_event_is_owed_to_this_endpoint_alone(api: Api, endpoint: Json):
    other = made(await api.post("webhook_endpoints", {"url": URL, "events": ["order.paid"]}), 201)
    event = made(await api.post(f"webhook_endpoints/{other['id']}/test"), 201)
    assert (event["event"], event["sequence"]) == ("webhook.test", None)
    assert event["data"]["webhook_endpoint"]["id"] == other["id"]
    [row] = made(await api.get("webhooks"))["data"]
    assert made(await api.get(f"webhooks/{row['id']}"))["endpoint_id"] == other["id"]
    made(await api.patch(f"webhook_endpoints/{other['id']}", {"enabled": False}))
    answer = await api.post(f"webhook_endpoints/{other['id']}/test")
    refused(answer, 400, "BAD_REQUEST_ERROR", "endpoint_disabled")


async def test_a_replay_counts_first_and_then_does_it(
    api: Api, endpoint: Json, paid: Json, work: Work, later: Later
):
    path = f"webhook_endpoints/{endpoint['id']}/replay"
    since = {"since": endpoint["created_at"]}
    assert made(await api.post(path, since | {"dry_run": True, "scope": "failed"}))["count"] == 0
    made(await api.patch(f"webhook_endpoints/{endpoint['id']}", {"enabled": False}))
    refused(await api.post(path, since), 400, "BAD_REQUEST_ERROR", "endpoint_disabled")
    await api.pay(await api.order())
    await work()
    await later(1)
    made(await api.patch(f"webhook_endpoints/{endpoint['id']}", {"enabled": True}))
    until_the_end = {"dry_run": True, "until": "9999-12-31T23:59:59.99Z"}
    assert made(await api.post(path, since | until_the_end))["count"] == 4
    counted = made(await api.post(path, since | {"dry_run": True}))
    assert (counted["dry_run"], counted["count"]) == (True, 4), "those of the second payment were never owed"
    replay = made(await api.post(path, since | {"per_second": 2}, key="r"), 201)
    assert (replay["status"], replay["replayed"], replay["per_second"]) == ("running", 0, 2)
    assert made(await api.post(path, since | {"per_second": 2}, key="r"), 201) == replay
    refused(await api.post(path, since), 400, "BAD_REQUEST_ERROR", "replay_in_progress")
    for replayed, status in ((2, "running"), (4, "running"), (4, "finished")):
        await work()
        await later(1)
        replay = made(await api.get(f"webhook_replays/{replay['id']}"))
        assert (replay["replayed"], replay["status"]) == (replayed, status)
    assert made(await api.get("webhooks"))["total"] == 8


@pytest.mark.parametrize(("body", "field"), [
    ({}, "since"), ({"since": "yesterday"}, "since"), ({"since": 7}, "since"), ({"since": "2026-01-01"}, "since"),
    ({"since": "2026-01-01T00:00:00Z", "scope": "some"}, "scope"),
    ({"since": "2026-01-01T00:00:00Z", "per_second": 0}, "per_second"),
    ({"since": "2026-01-01T00:00:00Z", "until": False}, "until"),
])  # fmt: skip
async def test_a_wrong_replay_says_which_field(api: Api, endpoint: Json, body: Json, field: str):
    for dry_run in (True, False):
        answer = await api.post(f"webhook_endpoints/{endpoint['id']}/replay", body | {"dry_run": dry_run})
        error = refused(answer, 400, field=field)
        assert field != "scope" or all(f"'{scope}'" in error["description"] for scope in ReplayScope)
