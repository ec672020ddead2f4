"""Events, as API.md has them."""

import pytest

from core.domain.ids import is_id
from tests.contracts.api.client import Api, Json, made, refused
from tests.contracts.api.fixtures import Later, Work

EVENTS = ["payment.created", "payment.pending", "payment.success", "order.paid"]


async def test_every_event_is_kept_whether_or_not_anybody_listens(api: Api, paid: Json):
    listed = made(await api.get("events"))
    assert listed["has_more"] is False
    assert sorted(event["event"] for event in listed["data"]) == sorted(EVENTS)
    for event in listed["data"]:
        assert event.keys() == {"id", "event", "timestamp", "sequence", "data"}
        assert is_id(event["id"], "evt")
        assert isinstance(event["timestamp"], int)
        assert made(await api.get(f"events/{event['id']}")) == event
    success = next(event for event in listed["data"] if event["event"] == "payment.success")
    assert success["sequence"] == 3
    assert success["data"]["payment"] == paid


async def test_events_are_followed_by_cursor(api: Api, paid: Json, work: Work, later: Later):
    seen = made(await api.get("events", limit=1))["data"][0]["id"]
    await later(1)
    await api.post(f"payments/{paid['id']}/refunds", {"amount": 100})
    await work()
    newer = made(await api.get("events", ending_before=seen))
    assert [event["event"] for event in newer["data"]] == ["refund.processed", "refund.created"]
    latest = newer["data"][0]["id"]
    assert made(await api.get("events", ending_before=latest)) == {"data": [], "has_more": False}
    older = made(await api.get("events", starting_after=latest, limit=2))
    assert (len(older["data"]), older["has_more"]) == (2, True)


@pytest.mark.parametrize("id", ["evt_0000000000000000", "nonsense"])
async def test_an_event_that_does_not_exist_is_not_found(api: Api, id: str):
    refused(await api.get(f"events/{id}"), 404, "NOT_FOUND_ERROR", "event_not_found")
    refused(await api.get("events", starting_after=id), 404, "NOT_FOUND_ERROR")
