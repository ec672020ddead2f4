"""Processors that are silent, slow, forgetful, or change their mind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers

from core.domain.errors import NotAsked, Unavailable
from core.domain.instrument import Upi
from core.domain.job import JobKind
from core.domain.operation import Cause, Kind, Operation
from core.domain.outcome import ActionRequired, Approved, Declined, Outcome
from core.domain.payment import Payment, Reversal, Status
from tests.unit.conftest import CARD, Shop, card
from tests.unit.test_payment_flows import BEGUN, PAID

DECLINED = Declined("declined", "Declined.")
APPROVED = Approved("ref_1")
SILENCE = Unavailable("processor_silent", "No answer.")
Answer = Outcome | None | Exception


@dataclass
class Scripted:
    """Answers each kind of call with the next of its answers, the last one for ever; remembers every call."""

    answers: dict[str, list[Answer]]
    calls: list[tuple[str, str]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*_: Any, key: str, **__: Any) -> Any:
            return self._answer(name, key)

        if name in ("authorize", "resume", "capture", "void", "refund"):
            return call
        raise AttributeError(name)

    async def find(self, key: str, **_: Any) -> Any:
        return self._answer("find", key)

    def _answer(self, name: str, key: str) -> Any:
        self.calls.append((name, key))
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def keys(self, name: str) -> set[str]:
        return {key for call, key in self.calls if call == name}


def script(shop: Shop, **answers: list[Answer]) -> Scripted:
    scripted = Scripted(answers)
    shop.gateway.processor.override(providers.Object(scripted))
    return scripted


async def report(shop: Shop, operation: Operation) -> None:
    """What a processor's callback does: make an asking due."""
    async with shop.gateway.uow().begin() as tx:
        tx.jobs.put(JobKind.FIND_OPERATION, operation.id)
    await shop.work()


async def operation(shop: Shop, payment: Payment, kind: Kind, cause: Cause = Cause.REQUESTED) -> Operation:
    operations = (await shop.history(payment)).operations
    return [op for op in operations if op.kind is kind and op.cause is cause][-1]


async def test_silence_is_asked_again_with_the_same_key_and_back_off(shop: Shop):
    processor = script(shop, authorize=[SILENCE] * 4 + [APPROVED])
    payment = await shop.pay(await shop.order())
    await shop.work()
    times: list[float] = []
    began = shop.gateway.clock()()
    while (await shop.see(payment)).status is Status.PENDING:
        before = len(processor.calls)
        await shop.later(seconds=0.5)
        if len(processor.calls) > before:
            times.append((shop.gateway.clock()() - began).total_seconds())
    assert (await shop.see(payment)).status is Status.SUCCESS
    assert len(processor.keys("authorize")) == 1
    assert times == [1, 3, 7, 15], "1, 2, 4 and 8 s after the one before"
    assert await shop.told(payment) == PAID


async def test_silence_never_fails_and_never_parks(shop: Shop):
    processor = script(shop, authorize=[SILENCE], find=[SILENCE])
    payment = await shop.pay(await shop.order())
    for _ in range(200):
        await shop.later(minutes=16)
    assert (await shop.see(payment)).status is Status.PENDING
    assert (await shop.gateway.queries().owed(parked=True, limit=9)) == []
    assert len(processor.keys("authorize") | processor.keys("find")) == 1


async def test_after_the_processor_has_forgotten_the_key_it_is_only_asked(shop: Shop):
    processor = script(shop, authorize=[SILENCE], find=[SILENCE, None])
    payment = await shop.pay(await shop.order())
    await shop.work()
    await shop.later(hours=24)
    calls = len([call for call in processor.calls if call[0] == "authorize"])
    await shop.later(hours=1)
    await shop.later(hours=1)
    assert len([call for call in processor.calls if call[0] == "authorize"]) == calls
    assert (await shop.see(payment)).decline_code == "not_received"


async def test_a_charge_that_was_made_in_silence_is_found_and_made_once(shop: Shop):
    payment = await shop.paid(instrument=Upi("charged@okbank"))
    assert payment.status is Status.PENDING
    for _ in range(4):
        await shop.later(seconds=2)
    assert (await shop.see(payment)).status is Status.SUCCESS
    assert await shop.book() == {"taken": 50_000, "given_back": 0, "charges": 1}


async def test_a_pending_answer_is_asked_after_when_it_said(shop: Shop):
    payment = await shop.paid(instrument=Upi("slow@okbank"))
    await shop.later(seconds=29)
    assert (await shop.see(payment)).status is Status.PENDING
    await shop.later(seconds=2)
    assert (await shop.see(payment)).status is Status.SUCCESS


async def test_an_answer_that_makes_no_sense_is_silence(shop: Shop):
    payment = await shop.held()
    action = ActionRequired("https://bank.example", shop.gateway.clock()() + timedelta(minutes=15), "r")
    script(shop, capture=[action, APPROVED])
    await shop.ask(payment, Kind.CAPTURE, 50_000)
    await shop.work()
    assert (await shop.see(payment)).pending_operation is Kind.CAPTURE
    await shop.later(seconds=2)
    assert (await shop.see(payment)).status is Status.SUCCESS


async def challenged(shop: Shop) -> Payment:
    payment = await shop.paid(instrument=card("three_d_secure"))
    assert payment.status is Status.REQUIRES_ACTION
    assert payment.next_action_url is not None
    return payment


@pytest.mark.parametrize(("approved", "status"), [(True, Status.SUCCESS), (False, Status.FAILED)])
async def test_a_challenge_that_was_answered_is_resumed(shop: Shop, approved, status):
    payment = await challenged(shop)
    await shop.gateway.challenges().choose(payment.reference, approved)
    resumed = await shop.gateway.resume_payment()(payment.id)
    assert resumed.status is Status.PENDING
    await shop.work()
    payment = await shop.see(payment)
    assert payment.status is status
    assert await shop.told(payment) == [
        *BEGUN, "payment.requires_action", *(PAID[2:] if approved else ["payment.failed"]),
    ]  # fmt: skip
    before = payment.version
    await shop.gateway.resume_payment()(payment.id)
    assert (await shop.see(payment)).version == before, "a second return queues nothing"


async def test_a_return_without_an_answer_goes_on_waiting_and_tells_nobody(shop: Shop):
    payment = await challenged(shop)
    deadline = payment.next_action_expires_at
    await shop.later(minutes=1)
    await shop.gateway.resume_payment()(payment.id)
    await shop.work()
    payment = await shop.see(payment)
    assert (payment.status, payment.next_action_expires_at) == (Status.REQUIRES_ACTION, deadline)
    assert await shop.told(payment) == [*BEGUN, "payment.requires_action"]


async def test_an_abandoned_challenge_fails_after_its_time(shop: Shop):
    payment = await challenged(shop)
    await shop.later(minutes=14)
    assert (await shop.see(payment)).status is Status.REQUIRES_ACTION
    await shop.later(minutes=2)
    payment = await shop.see(payment)
    assert (payment.status, payment.error_code) == (Status.FAILED, "authentication_abandoned")
    assert await shop.owed() == 0
    assert (await shop.book())["taken"] == 0


async def test_a_new_payment_takes_the_place_of_an_unanswered_challenge(shop: Shop):
    payment = await challenged(shop)
    second = await shop.gateway.create_payment()(shop.account, payment.order_id, CARD)
    assert (await shop.see(payment)).error_code == "superseded"
    await shop.gateway.resume_payment()(payment.id)
    await shop.work()
    assert (await shop.see(second)).status is Status.SUCCESS
    assert (await shop.told(payment))[-1] == "payment.failed"
    assert (await shop.book())["charges"] == 1


@pytest.mark.parametrize("arrives", ["before", "after"])
async def test_a_resume_that_arrives_late_and_charges_a_payment_that_was_replaced_is_given_back(
    shop: Shop, arrives
):
    payment = await challenged(shop)
    await shop.gateway.resume_payment()(payment.id)
    await shop.work()
    resume = await operation(shop, payment, Kind.RESUME)
    await shop.gateway.challenges().choose(payment.reference, True)

    async def arrive() -> None:
        await shop.gateway.processor().resume(payment.reference, key=resume.id)

    if arrives == "before":
        await arrive()
    second = await shop.gateway.create_payment()(shop.account, payment.order_id, CARD)
    await shop.work()
    if arrives == "after":
        await arrive()
    await shop.later(minutes=16)
    await shop.later(seconds=5)
    assert (await shop.see(second)).status is Status.SUCCESS
    first = await shop.see(payment)
    assert (first.status, first.error_code, first.reversal) == (Status.FAILED, "superseded", Reversal.DONE)
    book = await shop.book()
    assert (book["charges"], book["taken"] - book["given_back"]) == (2, 50_000)
    assert await shop.owed() == 0


async def test_a_charge_after_the_failure_is_given_back(shop: Shop):
    processor = script(
        shop, authorize=[DECLINED], find=[APPROVED], void=[DECLINED], refund=[SILENCE, APPROVED]
    )
    payment = await shop.paid()
    assert payment.status is Status.FAILED
    authorize = await operation(shop, payment, Kind.AUTHORIZE)
    await report(shop, authorize)
    await report(shop, authorize)
    await shop.later(seconds=2)
    payment = await shop.see(payment)
    assert (payment.status, payment.reversal, payment.amount_captured) == (Status.FAILED, Reversal.DONE, 0)
    assert await shop.told(payment) == [*BEGUN, "payment.failed", "payment.reversed"]
    assert (len(processor.keys("void")), len(processor.keys("refund"))) == (1, 1)


async def test_a_reversal_that_is_declined_is_tried_again_daily_after_asking(shop: Shop):
    processor = script(
        shop, authorize=[DECLINED], find=[APPROVED, DECLINED, APPROVED], void=[DECLINED], refund=[DECLINED]
    )
    payment = await shop.paid()
    await report(shop, await operation(shop, payment, Kind.AUTHORIZE))
    assert len(processor.keys("refund")) == 1
    await shop.later(hours=25)
    assert len(processor.keys("refund")) == 2
    await shop.later(hours=25)
    assert len(processor.keys("refund")) == 2, "the second was done after all"
    assert (await shop.see(payment)).reversal is Reversal.DONE


async def test_an_expired_hold_that_was_captured_after_all_is_a_success(shop: Shop):
    payment = await shop.held()
    script(shop, capture=[DECLINED], void=[DECLINED], find=[APPROVED])
    await shop.ask(payment, Kind.CAPTURE, 20_000)
    await shop.work()
    assert (await shop.told(payment))[-1] == "payment.capture_failed"
    await shop.later(days=8)
    payment = await shop.see(payment)
    assert (payment.status, payment.amount_captured) == (Status.SUCCESS, 20_000)
    assert await shop.owed() == 0


async def test_an_expired_hold_that_the_processor_let_go_of_itself_is_voided(shop: Shop):
    payment = await shop.held()
    script(shop, capture=[DECLINED], void=[DECLINED], find=[None])
    await shop.ask(payment, Kind.CAPTURE, 20_000)
    await shop.later(days=8)
    assert (await shop.see(payment)).status is Status.VOIDED


async def test_our_own_fault_parks_the_job_where_an_operator_sees_it(shop: Shop):
    script(shop, authorize=[KeyError("bug"), *[KeyError("bug")] * 20])
    payment = await shop.pay(await shop.order())
    for _ in range(12):
        await shop.later(minutes=20)
    [parked] = await shop.gateway.queries().owed(parked=True, limit=9)
    assert (parked.job.failures, parked.last_error) == (10, "KeyError: 'bug'")
    assert (await shop.see(payment)).status is Status.PENDING
    shop.gateway.processor.reset_override()
    assert await shop.gateway.jobs().replay([parked.job.id]) == 1
    await shop.work()
    assert (await shop.see(payment)).status is Status.SUCCESS


async def test_a_processor_that_is_not_asked_uses_up_no_try(shop: Shop):
    """However long it was known to be away: the first real silence is followed by the first pause."""
    refusals: list[Answer] = [NotAsked("processor_circuit_open", "Not now.", retry_after_s=7)] * 5
    processor = script(shop, authorize=[*refusals, SILENCE, APPROVED])
    payment = await shop.pay(await shop.order())
    await shop.work()
    began, times = shop.gateway.clock()(), []
    while (await shop.see(payment)).status is Status.PENDING:
        before = len(processor.calls)
        await shop.later(seconds=0.5)
        if len(processor.calls) > before:
            times.append((shop.gateway.clock()() - began).total_seconds())
    assert (await shop.see(payment)).status is Status.SUCCESS
    assert times == [7, 14, 21, 28, 35, 36], "each 7 s after the one before; 1 s after the silence"


async def test_news_of_an_operation_wait_for_a_processor_that_is_not_asked(shop: Shop):
    refusal = NotAsked("processor_circuit_open", "Not now.", retry_after_s=3)
    script(shop, authorize=[refusal], find=[refusal, APPROVED])
    payment = await shop.pay(await shop.order())
    await shop.work()
    await report(shop, await operation(shop, payment, Kind.AUTHORIZE))
    assert (await shop.see(payment)).status is Status.PENDING
    await shop.later(seconds=3)
    assert (await shop.see(payment)).status is Status.SUCCESS
