"""Events on their way to a merchant's receivers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from unittest import mock

import pytest
from standardwebhooks import Webhook

from adapters.memory.webhook_sender import Request
from core.domain.errors import NotFound
from core.domain.merchant import Account, Mode
from core.domain.payment import Payment
from core.domain.signing import hex_hmac
from core.domain.webhook import Delivery, DeliveryStatus
from core.use_cases.manage_endpoints import WithSecret
from ports.queries import Page, PaymentFilter
from ports.webhook_sender import Response
from tests.unit.conftest import Shop

URL = "https://shop.example/hook"
PAID = ["payment.created", "payment.pending", "payment.success", "order.paid"]


async def listen(
    shop: Shop,
    answer: Callable[[Request], int] = lambda _: 204,
    *,
    url: str = URL,
    events: tuple[str, ...] = (),
) -> WithSecret:
    shop.gateway.sender().receivers[url] = answer
    return await shop.gateway.create_endpoint()(shop.account, "key_test_x", url, events=events)


def names(shop: Shop, url: str = URL) -> list[str]:
    received = [request for request in shop.gateway.sender().received if request.url == url]
    return [json.loads(request.body)["event"] for request in received]


async def log(shop: Shop) -> list[Delivery]:
    rows, _ = await shop.gateway.queries().deliveries(shop.account, limit=100, offset=0)
    return rows


async def test_every_event_of_a_payment_arrives_signed_both_ways(shop: Shop):
    made = await listen(shop)
    payment = await shop.paid()
    assert sorted(names(shop)) == sorted(PAID)
    for request in shop.gateway.sender().received:
        body = request.body
        assert request.headers["X-Webhook-Signature"] == hex_hmac(made.secret, body)
        at = int(request.headers["webhook-timestamp"])
        with mock.patch("standardwebhooks.webhooks.datetime", wraps=datetime) as clock:
            clock.now.return_value = datetime.fromtimestamp(at, UTC)
            assert Webhook(made.secret).verify(body, request.headers)["event"] in PAID
        told = json.loads(body)
        assert json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() == body
        assert told["id"] == request.headers["webhook-id"]
    assert {row.status for row in await log(shop)} == {DeliveryStatus.SUCCESS}
    events = (await shop.history(payment)).events
    assert [event.deliveries for event in events] == [1, 1, 1, 1]


async def test_filters_by_name_and_family_and_every_endpoint_gets_its_own(shop: Shop):
    await listen(shop, url="https://a.example", events=("payment.success", "order.paid"))
    await listen(shop, url="https://b.example", events=("payment.*",))
    await shop.paid()
    assert sorted(names(shop, "https://a.example")) == ["order.paid", "payment.success"]
    assert sorted(names(shop, "https://b.example")) == sorted(PAID[:3])


async def test_without_an_endpoint_the_event_is_kept_all_the_same(shop: Shop):
    await shop.paid()
    assert await shop.events() == PAID
    assert await log(shop) == []


async def test_five_attempts_on_the_schedule_then_failed_and_retried_by_hand(shop: Shop):
    times: list[datetime] = []

    def refuse(_: Request) -> int:
        times.append(shop.gateway.clock()())
        return 500

    await listen(shop, refuse, events=("order.paid",))
    await shop.paid()
    while await shop.owed():
        await shop.later(seconds=10)
    waits = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert waits == [pytest.approx(wait, rel=0.11, abs=10) for wait in (60, 300, 1_800, 7_200)]
    [delivery] = await log(shop)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 5)
    assert (delivery.response_code, delivery.next_retry_at) == (500, None)

    shop.gateway.sender().receivers[URL] = lambda _: 200
    again = await shop.gateway.replay_delivery()(shop.account, "key_test_x", delivery.id)
    assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
    await shop.work()
    [delivery] = await log(shop)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SUCCESS, 1)
    assert len((await shop.history(await only_payment(shop))).attempts) == 6


async def only_payment(shop: Shop) -> Payment:
    [payment] = (await shop.gateway.queries().payments(shop.account, Page(), PaymentFilter())).data
    return payment


async def test_a_retry_is_never_sooner_than_the_receiver_asks_for(shop: Shop):
    answers = [Response(429, "", 5, None, retry_after_s=500.0), 200]
    await listen(shop, lambda _: answers.pop(0), events=("order.paid",))
    await shop.paid()
    await shop.later(seconds=400)
    assert len(answers) == 1
    await shop.later(seconds=101)
    assert answers == []


async def test_a_pending_delivery_is_made_due_now_by_hand(shop: Shop):
    answers = [500, 200]
    await listen(shop, lambda _: answers.pop(0), events=("order.paid",))
    await shop.paid()
    [delivery] = await log(shop)
    await shop.gateway.replay_delivery()(shop.account, "key_test_x", delivery.id)
    await shop.work()
    assert (await log(shop))[0].status is DeliveryStatus.SUCCESS


async def test_every_attempt_carries_the_same_event_id_and_body(shop: Shop):
    answers = [503, 200]
    await listen(shop, lambda _: answers.pop(0), events=("order.paid",))
    await shop.paid()
    await shop.later(seconds=70)
    first, second = shop.gateway.sender().received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


async def test_an_endpoint_that_is_gone_or_disabled_is_not_called_and_its_deliveries_end(shop: Shop):
    kept = await listen(shop, lambda _: 500, events=("order.paid",))
    gone = await listen(shop, lambda _: 500, url="https://gone.example", events=("order.paid",))
    await shop.paid()
    await shop.gateway.delete_endpoint()(shop.account, "key_test_x", gone.endpoint.id)
    await shop.gateway.update_endpoint()(shop.account, "key", kept.endpoint.id, {"enabled": False})
    before = len(shop.gateway.sender().received)
    await shop.later(minutes=2)
    assert len(shop.gateway.sender().received) == before
    assert {row.status for row in await log(shop)} == {DeliveryStatus.FAILED}
    assert await shop.owed() == 0
    await shop.paid()
    assert len(await log(shop)) == 2, "nobody listens, nothing is owed"


async def test_during_a_rotation_both_secrets_sign_and_the_hex_header_uses_the_old_one(shop: Shop):
    old = await listen(shop, events=("order.paid",))
    new = await shop.gateway.rotate_secret()(shop.account, "key_test_x", old.endpoint.id)
    assert new.secret != old.secret
    await shop.paid()
    shop.gateway.clock().advance(hours=25)
    await shop.paid()
    during, after = shop.gateway.sender().received
    assert len(during.headers["webhook-signature"].split()) == 2
    assert during.headers["X-Webhook-Signature"] == hex_hmac(old.secret, during.body)
    assert len(after.headers["webhook-signature"].split()) == 1
    assert after.headers["X-Webhook-Signature"] == hex_hmac(new.secret, after.body)


async def test_another_merchants_delivery_cannot_be_retried(shop: Shop):
    await listen(shop)
    await shop.paid()
    [delivery, *_] = await log(shop)
    with pytest.raises(NotFound):
        await shop.gateway.replay_delivery()(Account("mer_x", Mode.TEST), "key", delivery.id)


async def test_secrets_are_sealed_and_changes_are_written_down(shop: Shop):
    made = await listen(shop)
    await shop.later(seconds=1)
    await shop.gateway.update_endpoint()(shop.account, "key_test_x", made.endpoint.id, {"description": "new"})
    await shop.later(seconds=1)
    await shop.gateway.rotate_secret()(shop.account, "key_test_x", made.endpoint.id)
    async with shop.gateway.uow().begin() as tx:
        endpoint = await tx.endpoints.get(made.endpoint.id)
        entries = await tx.audit.of(made.endpoint.id)
    assert made.secret not in repr(endpoint)
    assert made.secret.removeprefix("whsec_") not in endpoint.secret
    assert [entry.action for entry in entries] == [
        "endpoint.create", "endpoint.update", "endpoint.rotate_secret",
    ]  # fmt: skip
    assert (entries[1].before["description"], entries[1].after["description"]) == (None, "new")
    assert "whsec_" not in repr(entries)
