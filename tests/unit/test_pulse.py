"""An endpoint's health is judged when there is news of it, and by one delivery only."""

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.endpoint import PRECISION
from core.domain.errors import Unavailable
from core.use_cases.pulse import FAILING_PRECISION, MAX_ENDPOINTS, Pulse
from tests.unit.conftest import Shop
from tests.unit.test_webhooks import listen

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOOK = "we_1"


@pytest.mark.parametrize(("succeeded", "span"), [(True, PRECISION), (False, FAILING_PRECISION)])
def test_the_same_outcome_is_news_once_in_a_while(succeeded: bool, span: timedelta):
    pulse = Pulse()
    ats = [AT, AT, AT + span - timedelta(seconds=1), AT + span, AT + span]
    assert [pulse.is_news(HOOK, succeeded, at=at) for at in ats] == [True, False, False, True, False]


def test_the_other_outcome_is_always_news():
    pulse = Pulse()
    assert [pulse.is_news(HOOK, outcome, at=AT) for outcome in (True, False, False, True)] == [
        True, True, False, True,
    ]  # fmt: skip


def test_each_endpoint_has_its_own():
    pulse = Pulse()
    assert pulse.is_news(HOOK, True, at=AT) and pulse.is_news("we_2", True, at=AT)


def test_what_could_not_be_written_is_news_again():
    pulse = Pulse()
    pulse.is_news(HOOK, True, at=AT)
    pulse.forget(HOOK)
    assert pulse.is_news(HOOK, True, at=AT)


def test_a_clock_that_was_set_back_does_not_silence_it():
    pulse = Pulse()
    pulse.is_news(HOOK, True, at=AT + timedelta(days=1))
    assert pulse.is_news(HOOK, True, at=AT)


def test_it_is_bounded():
    pulse = Pulse()
    for number in range(MAX_ENDPOINTS + 10):
        pulse.is_news(f"we_{number}", True, at=AT)
    assert len(pulse._last) == MAX_ENDPOINTS
    assert pulse.is_news("we_0", True, at=AT) and not pulse.is_news(f"we_{MAX_ENDPOINTS}", True, at=AT)


async def test_of_a_hundred_deliveries_at_once_one_writes_the_health(shop: Shop):
    hook = (await listen(shop, lambda _: 200)).endpoint
    for order in [await shop.order() for _ in range(40)]:
        await shop.pay(order)
    written = []
    store = shop.gateway.store()
    write = store.write

    async def spy(group):
        written.append([type(each).__name__ for changes in group for each in changes.updates])
        await write(group)

    store.write = spy
    await shop.work()
    assert sum(names.count("EndpointHealth") for names in written) == 1
    async with shop.gateway.uow().begin() as tx:
        assert (await tx.health.get(hook.id)).succeeded_at is not None


async def test_a_judgement_that_was_not_written_is_made_again(shop: Shop):
    hook = (await listen(shop, lambda _: 200, events=("order.paid",))).endpoint
    store = shop.gateway.store()
    write = store.write

    async def away(group):
        if any(changes.updates and type(changes.updates[-1]).__name__ == "Delivery" for changes in group):
            store.write = write
            raise Unavailable("database_unavailable", "away")
        await write(group)

    store.write = away
    await shop.paid()
    await shop.later(minutes=2)
    async with shop.gateway.uow().begin() as tx:
        assert (await tx.health.get(hook.id)).succeeded_at is not None
