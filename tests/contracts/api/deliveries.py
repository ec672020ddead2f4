"""The delivery log, as API.md has it."""

import pytest

from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Work

DELIVERY = {
    "id", "event", "status", "attempts", "created_at", "last_attempt_at", "next_retry_at", "response_code",
}  # fmt: skip
EVENTS = ["payment.created", "payment.pending", "payment.success", "order.paid"]


async def test_the_log_has_every_event_owed_to_every_endpoint(api: Api, endpoint: Json, paid: Json):
    log = made(await api.get("webhooks"))
    assert log.keys() == {"data", "total", "limit", "offset"}
    assert (log["total"], log["limit"], log["offset"]) == (4, 10, 0)
    assert sorted(row["event"] for row in log["data"]) == sorted(EVENTS)
    for row in log["data"]:
        assert row.keys() == DELIVERY
        assert (row["status"], row["attempts"], row["response_code"]) == ("pending", 1, None)
        assert row["next_retry_at"] > row["last_attempt_at"] >= row["created_at"]


async def test_the_log_is_read_by_offset(api: Api, endpoint: Json, paid: Json):
    everything = made(await api.get("webhooks"))["data"]
    page = made(await api.get("webhooks", limit=2, offset=1))
    assert (page["total"], page["limit"], page["offset"]) == (4, 2, 1)
    assert page["data"] == everything[1:3]
    assert made(await api.get("webhooks", offset=4))["data"] == []


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"offset": "-1"}, {"offset": "x"}, {"offset": "9" * 30}]
)
async def test_limit_and_offset_are_bounded(api: Api, query: Json):
    refused(await api.get("webhooks", **query), 400, field=next(iter(query)))


async def test_a_delivery_shows_its_payload_and_every_attempt(api: Api, endpoint: Json, paid: Json):
    row = next(row for row in made(await api.get("webhooks"))["data"] if row["event"] == "order.paid")
    delivery = made(await api.get(f"webhooks/{row['id']}"))
    assert delivery.keys() == DELIVERY | {"endpoint_id", "payload", "attempt_log"}
    assert row.items() <= delivery.items()
    assert delivery["endpoint_id"] == endpoint["id"]
    assert delivery["payload"]["data"]["order"]["id"] == paid["order_id"]
    [attempt] = delivery["attempt_log"]
    assert attempt.keys() == {
        "number", "created_at", "duration_ms", "response_code", "response_body", "error",
        "request_headers", "response_headers", "timings",
    }  # fmt: skip
    assert attempt["request_headers"]["webhook-id"] == delivery["payload"]["id"]
    assert (attempt["number"], attempt["response_code"]) == (1, None)
    assert attempt["error"]
    made(await api.get(f"webhooks/{row['id'].upper()}"))


async def test_a_retry_starts_over(api: Api, endpoint: Json, paid: Json, work: Work):
    id = made(await api.get("webhooks"))["data"][0]["id"]
    scheduled = made(await api.post(f"webhooks/{id}/retry"))
    assert scheduled == {"id": id, "status": "pending", "message": "Webhook retry scheduled"}
    assert made(await api.get(f"webhooks/{id}"))["attempts"] == 0
    await work()
    delivery = made(await api.get(f"webhooks/{id}"))
    assert (delivery["attempts"], len(delivery["attempt_log"])) == (1, 2)


@pytest.mark.parametrize("id", ["0198f2a4-1111-7222-8333-444455556666", "nonsense", "evt_0000000000000000"])
async def test_a_delivery_that_does_not_exist_is_not_found(api: Api, id: str):
    refused(await api.get(f"webhooks/{id}"), 404, "NOT_FOUND_ERROR", "webhook_not_found")
    refused(await api.post(f"webhooks/{id}/retry"), 404, "NOT_FOUND_ERROR", "webhook_not_found")
