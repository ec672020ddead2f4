"""Endpoints that die, are gone, or want what they have missed."""

from datetime import timedelta

import pytest

from adapters.memory.webhook_sender import Request
from core.domain.endpoint import DisabledReason, Endpoint
from core.domain.replay import Replay, ReplayScope
from core.domain.webhook import DeliveryStatus
from core.use_cases.turnstile import PLACES
from ports.webhook_sender import Response
from tests.unit.conftest import Shop
from tests.unit.test_webhooks import listen, log, names

OTHER = "https://other.example/hook"


async def see(shop: Shop, endpoint: Endpoint) -> Endpoint:
    async with shop.gateway.uow().begin() as tx:
        return await tx.endpoints.get(endpoint.id)


async def replay(shop: Shop, endpoint: Endpoint, scope: ReplayScope, per_second: int = 100) -> Replay:
    now = shop.gateway.clock()()
    return await shop.gateway.start_replay()(
        shop.account, "key_test_x", endpoint.id, scope,
        since=now - timedelta(days=30), until=now, per_second=per_second,
    )  # fmt: skip


async def enable(shop: Shop, endpoint: Endpoint) -> None:
    await shop.gateway.update_endpoint()(shop.account, "key_test_x", endpoint.id, {"enabled": True})


async def test_410_ends_the_delivery_disables_the_endpoint_and_tells_the_others(shop: Shop):
    gone = (await listen(shop, lambda _: 410, events=("order.paid",))).endpoint
    await listen(shop, url=OTHER, events=("webhook_endpoint.disabled",))
    await shop.paid()
    after = await see(shop, gone)
    assert (after.enabled, after.disabled_reason) == (False, DisabledReason.GONE)
    assert names(shop, OTHER) == ["webhook_endpoint.disabled"]
    first = next(row for row in await log(shop) if row.endpoint_id == gone.id)
    assert (first.status, first.attempts, first.response_code) == (DeliveryStatus.FAILED, 1, 410)
    async with shop.gateway.uow().begin() as tx:
        entries = await tx.audit.of(gone.id)
    assert ("gateway", "endpoint.disable") in {(entry.actor, entry.action) for entry in entries}


async def test_an_endpoint_that_fails_everything_for_five_days_is_disabled(shop: Shop):
    dead = (await listen(shop, lambda _: 500, events=("order.paid",))).endpoint
    await listen(shop, url=OTHER, events=("webhook_endpoint.*",))
    for _ in range(5):
        await shop.paid()
        assert (await see(shop, dead)).enabled
        await shop.later(hours=23)
    assert (await see(shop, dead)).enabled, "4 days and 19 hours"
    await shop.later(hours=6)
    await shop.paid()
    after = await see(shop, dead)
    assert (after.enabled, after.disabled_reason) == (False, DisabledReason.FAILING)
    assert names(shop, OTHER) == ["webhook_endpoint.disabled"]


async def test_one_success_in_five_days_is_enough(shop: Shop):
    answers = {"status": 500}
    lame = (await listen(shop, lambda _: answers["status"], events=("order.paid",))).endpoint
    for day in range(12):
        answers["status"] = 200 if day % 4 == 3 else 500
        await shop.paid()
        await shop.later(hours=24)
    assert (await see(shop, lame)).enabled


async def test_the_health_of_a_busy_endpoint_is_written_at_most_twice_an_hour(shop: Shop):
    answers = [200, 500] * 40
    flapping = (await listen(shop, lambda _: answers.pop(), events=("order.paid",))).endpoint
    for _ in range(20):
        await shop.paid()
    async with shop.gateway.uow().begin() as tx:
        assert (await tx.health.get(flapping.id)).version == 4, "made, failed, succeeded, failed again"


async def test_whoever_is_enabled_again_starts_anew(shop: Shop):
    dead = (await listen(shop, lambda _: 500, events=("order.paid",))).endpoint
    for _ in range(6):
        await shop.paid()
        await shop.later(hours=25)
    assert not (await see(shop, dead)).enabled
    await enable(shop, dead)
    after = await see(shop, dead)
    assert (after.enabled, after.disabled_reason, after.disabled_at) == (True, None, None)
    await shop.paid()
    assert (await see(shop, dead)).enabled, "it has five days again"


async def test_what_a_disabled_endpoint_missed_is_recovered_by_a_replay(shop: Shop):
    status = {"now": 410}
    hook = (await listen(shop, lambda _: status["now"], events=("order.paid",))).endpoint
    await shop.paid()
    await shop.paid()
    assert len(names(shop)) == 1, "the second was never owed"
    await shop.later(seconds=1)
    status["now"] = 200
    await enable(shop, hook)
    started = await replay(shop, hook, ReplayScope.UNDELIVERED)
    await shop.work()
    await shop.later(seconds=1)
    rows = await log(shop)
    assert {row.status for row in rows} == {DeliveryStatus.SUCCESS}
    assert sorted(row.replayed for row in rows) == [False, True]
    async with shop.gateway.uow().begin() as tx:
        ended = await tx.replays.get(started.id)
        counted = [(await tx.events.get(row.event_id)).deliveries for row in rows]
    assert (ended.replayed, ended.finished_at is not None) == (2, True)
    assert sorted(counted) == [0, 1], "what a replay adds is outside the count"
    await replay(shop, hook, ReplayScope.ALL)
    await shop.work()
    await shop.later(seconds=1)
    assert len(await log(shop)) == 2, "their rows serve again"
    assert len(names(shop)) == 5


async def test_a_replay_keeps_its_pace(shop: Shop):
    status = {"now": 410}
    hook = (await listen(shop, lambda _: status["now"], events=("order.paid",))).endpoint
    for _ in range(7):
        await shop.paid()
    await shop.later(seconds=1)
    status["now"] = 200
    await enable(shop, hook)
    before = len(names(shop))
    await replay(shop, hook, ReplayScope.UNDELIVERED, per_second=2)
    arrived = []
    for _ in range(9):
        await shop.work()
        arrived.append(len(names(shop)) - before)
        shop.gateway.clock().advance(seconds=0.5)
    assert arrived == [1, 2, 3, 4, 5, 6, 7, 7, 7]


async def test_headers_of_ones_own_are_sent_and_not_logged(shop: Shop):
    shop.gateway.sender().receivers[OTHER] = lambda _: Response(
        200, "", 7, None, headers={"server": "shop", "set-cookie": "s=1"}, timings={"first_byte": 5}
    )
    made = await shop.gateway.create_endpoint()(
        shop.account,
        "key_test_x",
        OTHER,
        events=("order.paid",),
        headers={"Authorization": "Bearer t0p-s3cret"},
    )
    payment = await shop.paid()
    [request] = shop.gateway.sender().received
    assert request.headers["Authorization"] == "Bearer t0p-s3cret"
    [attempt] = (await shop.history(payment)).attempts
    assert attempt.request_headers["Authorization"] == "***"
    assert attempt.request_headers["webhook-signature"] == request.headers["webhook-signature"]
    assert (attempt.response_headers, attempt.timings) == (
        {"server": "shop", "set-cookie": "***"}, {"first_byte": 5},
    )  # fmt: skip
    sealed = (await see(shop, made.endpoint)).sealed_headers
    assert sealed and "t0p" not in sealed


async def test_a_dead_endpoint_is_left_alone_while_a_sound_one_gets_everything(shop: Shop):
    calls = []

    def dead(request: Request) -> int:
        calls.append(request)
        raise TimeoutError("No complete answer within 5 s")

    await listen(shop, dead, events=("payment.*",))
    await listen(shop, url=OTHER, events=("payment.*",))
    for _ in range(10):
        await shop.paid()
    assert len(names(shop, OTHER)) == 30
    assert len(calls) == PLACES.bit_length(), "then its circuit was open"
    assert shop.gateway.turnstile().open_circuits == 1
    shop.gateway.sender().receivers["https://shop.example/hook"] = lambda _: 200
    for _ in range(40):
        await shop.later(minutes=1)
    assert {row.status for row in await log(shop)} == {DeliveryStatus.SUCCESS}
    assert shop.gateway.turnstile().open_circuits == 0


@pytest.mark.parametrize("scope", list(ReplayScope))
async def test_what_is_on_its_way_is_not_replayed(shop: Shop, scope: ReplayScope):
    hook = (await listen(shop, lambda _: 500, events=("order.paid",))).endpoint
    await shop.paid()
    await shop.later(seconds=1)
    started = await replay(shop, hook, scope)
    await shop.work()
    async with shop.gateway.uow().begin() as tx:
        assert (await tx.replays.get(started.id)).replayed == 0
