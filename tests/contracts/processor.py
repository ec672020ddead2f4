"""What the simulator promises, whatever its book is kept in."""

import asyncio
import secrets
from collections.abc import Awaitable
from typing import Protocol

import pytest

from adapters.memory.clock import MemoryClock
from adapters.simulator.acs import Acs, Choices
from adapters.simulator.book import Book, Line, Totals
from adapters.simulator.processor import SimulatorProcessor
from adapters.simulator.scenario import Scenario
from core.domain.errors import NotFound, Refused, Unavailable
from core.domain.ids import ALPHABET, OPERATION, REFUND, new_id
from core.domain.money import Money
from core.domain.outcome import ActionRequired, Approved, Declined, Outcome, Pending
from ports.processor import Processor
from tests.factories import NOW

RUPEES = Money(50_000, "INR")
GOOD, THREE_D_SECURE = "upi:asha@okbank", "tok_sim_three_d_secure"
DECLINES = [scenario for scenario in Scenario if scenario.decline_code]


class Ledger(Book, Choices, Protocol):
    """Both kinds of record that a simulator keeps."""


def key(prefix: str = OPERATION) -> str:
    # Real chance: another run may have left its lines in the same database.
    return new_id(prefix, NOW, lambda n: "".join(secrets.choice(ALPHABET) for _ in range(n)))


async def charge(processor: Processor, token: str = GOOD) -> str:
    """Take the money; the reference."""
    return await approved(processor.authorize(RUPEES, token=token, capture=True, key=key()))


async def hold(processor: Processor, token: str = "tok_sim_approved") -> str:
    """Hold the money; the reference."""
    return await approved(processor.authorize(RUPEES, token=token, capture=False, key=key()))


async def approved(answer: Awaitable[Outcome]) -> str:
    outcome = await answer
    assert isinstance(outcome, Approved)
    return outcome.reference


async def find(processor: Processor, key: str, reference: str = "", token: str = GOOD) -> Outcome | None:
    return await processor.find(key, token=token, reference=reference)


def code(outcome: Outcome | None) -> str:
    assert isinstance(outcome, Declined), outcome
    return outcome.code


class ProcessorContract:
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock(NOW)

    @pytest.fixture
    def processor(self, books: tuple[Ledger, Ledger], clock: MemoryClock) -> SimulatorProcessor:
        return SimulatorProcessor(clock, books[0], "https://pay.example", books[0])

    @pytest.fixture
    def another(self, books: tuple[Ledger, Ledger], clock: MemoryClock) -> SimulatorProcessor:
        """The simulator as another process has it."""
        return SimulatorProcessor(clock, books[1], "https://pay.example", books[1])

    @pytest.fixture
    def acs(self, books: tuple[Ledger, Ledger], clock: MemoryClock) -> Acs:
        return Acs(clock, books[0])

    @pytest.fixture
    def book(self, books: tuple[Ledger, Ledger]) -> Book:
        return books[1]

    # -- a key moves money once

    async def test_the_same_key_moves_money_once(self, processor: Processor, book: Book) -> None:
        again = key()
        answers = [await processor.authorize(RUPEES, token=GOOD, capture=True, key=again) for _ in range(3)]
        assert answers == [Approved(f"sim_approved_{again}")] * 3
        [line] = await book.of(f"sim_approved_{again}")
        assert (line.key, line.amount, line.outcome) == (again, RUPEES, answers[0])
        assert Totals.of([line]) == Totals(held=0, taken=50_000, given_back=0, voided=False)

    async def test_a_key_keeps_its_answer_whatever_happens_next(
        self, processor: Processor, book: Book
    ) -> None:
        reference, too_much, void = await hold(processor), key(), key()
        declined = await processor.capture(reference, Money(50_001, "INR"), key=too_much)
        done = await processor.void(reference, key=void)
        assert (await processor.capture(reference, RUPEES, key=too_much), code(declined)) == (
            declined,
            "amount_too_large",
        )
        assert await processor.void(reference, key=void) == done == Approved(reference)
        assert len(await book.of(reference)) == 3

    async def test_two_at_once_with_one_key_leave_one_line(
        self, processor: Processor, another: Processor, book: Book
    ) -> None:
        once = key()
        calls = [
            who.authorize(RUPEES, token=GOOD, capture=True, key=once) for who in (processor, another) * 5
        ]
        assert set(await asyncio.gather(*calls)) == {Approved(f"sim_approved_{once}")}
        assert len(await book.of(f"sim_approved_{once}")) == 1

        reference, back = f"sim_approved_{once}", key(REFUND)
        refunds = [who.refund(reference, RUPEES, key=back) for who in (processor, another) * 5]
        assert set(await asyncio.gather(*refunds)) == {Approved(reference)}
        assert Totals.of(await book.of(reference)).given_back == 50_000

    async def test_of_many_refunds_at_once_only_those_that_fit_are_approved(
        self, processor: Processor, another: Processor, book: Book
    ) -> None:
        reference = await charge(processor)
        refunds = [
            who.refund(reference, Money(12_500, "INR"), key=key(REFUND)) for who in (processor, another) * 5
        ]
        outcomes = await asyncio.gather(*refunds)
        assert sum(isinstance(outcome, Approved) for outcome in outcomes) == 4
        assert {code(outcome) for outcome in outcomes if isinstance(outcome, Declined)} == {
            "amount_too_large"
        }
        assert Totals.of(await book.of(reference)).given_back == 50_000

    async def test_of_a_capture_and_a_void_at_once_one_is_approved(
        self, processor: Processor, another: Processor, book: Book
    ) -> None:
        for _ in range(5):
            reference = await hold(processor)
            outcomes = await asyncio.gather(
                processor.capture(reference, RUPEES, key=key()), another.void(reference, key=key())
            )
            assert {type(outcome) for outcome in outcomes} == {Approved, Declined}
            assert Totals.of(await book.of(reference)).held == 0

    # -- silence and waiting

    async def test_silent_then_approved(self, processor: Processor, book: Book, clock: MemoryClock) -> None:
        mine, token = key(), "upi:timeout@okbank"
        for _ in range(2):
            with pytest.raises(Unavailable):
                await processor.authorize(RUPEES, token=token, capture=True, key=mine)
            with pytest.raises(Unavailable):
                await find(processor, mine, token=token)
        assert await book.line(mine) is None
        clock.advance(seconds=3)
        assert await find(processor, mine, token=token) is None
        answer = await processor.authorize(RUPEES, token=token, capture=True, key=mine)
        assert answer == Approved(f"sim_timeout_{mine}") == await find(processor, mine, token=token)
        assert len(await book.of(f"sim_timeout_{mine}")) == 1

    async def test_charged_but_silent(
        self, processor: Processor, another: Processor, book: Book, clock: MemoryClock
    ) -> None:
        mine, token = key(), "upi:charged@okbank"
        for who in (processor, another):
            with pytest.raises(Unavailable):
                await who.authorize(RUPEES, token=token, capture=True, key=mine)
        with pytest.raises(Unavailable):
            await find(processor, mine, token=token)
        reference = f"sim_charged_{mine}"
        assert Totals.of(await book.of(reference)).taken == 50_000
        clock.advance(seconds=3)
        assert await find(another, mine, token=token) == Approved(reference)
        assert await another.authorize(RUPEES, token=token, capture=True, key=mine) == Approved(reference)
        assert len(await book.of(reference)) == 1

    async def test_slow(self, processor: Processor, book: Book, clock: MemoryClock) -> None:
        mine, token = key(), "upi:slow@okbank"
        answer = await processor.authorize(RUPEES, token=token, capture=True, key=mine)
        assert isinstance(answer, Pending)
        assert abs((answer.ask_again_at - NOW).total_seconds() - 30) < 0.1
        assert await find(processor, mine, answer.reference, token) == answer
        clock.now = answer.ask_again_at
        assert await find(processor, mine, answer.reference, token) == Approved(answer.reference)
        assert len(await book.of(answer.reference)) == 1

    # -- find

    async def test_what_never_arrived_is_not_found(self, processor: Processor) -> None:
        reference = await charge(processor)
        assert await find(processor, key()) is None
        assert await find(processor, key(), reference) is None
        assert await find(processor, key(REFUND), reference) is None
        assert await find(processor, key(), "somebody else's") is None

    async def test_find_tells_what_was_answered_and_moves_nothing(
        self, processor: Processor, book: Book
    ) -> None:
        reference = await hold(processor)
        capture, refund, too_much = key(), key(REFUND), key(REFUND)
        answers = {
            capture: await processor.capture(reference, RUPEES, key=capture),
            refund: await processor.refund(reference, Money(20_000, "INR"), key=refund),
            too_much: await processor.refund(reference, RUPEES, key=too_much),
        }
        before = await book.of(reference)
        assert {each: await find(processor, each, reference) for each in answers} == answers
        assert await book.of(reference) == before

    # -- scenarios

    @pytest.mark.parametrize("scenario", DECLINES)
    async def test_declined(self, processor: Processor, book: Book, scenario: Scenario) -> None:
        mine, token, reference = key(), f"tok_sim_{scenario}", ""
        for capture in (True, False):
            answer = await processor.authorize(RUPEES, token=token, capture=capture, key=mine)
            assert code(answer) == scenario.decline_code
            assert isinstance(answer, Declined) and answer.description.endswith(".")
            assert await find(processor, mine, token=token) == answer
            reference = answer.reference
        assert code(await processor.capture(reference, RUPEES, key=key())) == "not_authorized"
        assert code(await processor.resume(reference, key=key())) == scenario.decline_code
        assert Totals.of(await book.of(reference)) == Totals(0, 0, 0, voided=False)

    async def test_approved_but_the_refund_fails(self, processor: Processor, book: Book) -> None:
        reference = await charge(processor, "tok_sim_refund_fails")
        back = key(REFUND)
        answer = await processor.refund(reference, RUPEES, key=back)
        assert code(answer) == "refund_failed"
        assert await find(processor, back, reference) == answer
        assert Totals.of(await book.of(reference)).given_back == 0

    async def test_held_but_the_capture_fails(self, processor: Processor, book: Book) -> None:
        reference, taking = await hold(processor, "tok_sim_capture_fails"), key()
        answer = await processor.capture(reference, RUPEES, key=taking)
        assert code(answer) == "capture_failed"
        assert await find(processor, taking, reference) == answer
        assert Totals.of(await book.of(reference)) == Totals(50_000, 0, 0, voided=False)
        assert isinstance(await processor.void(reference, key=key()), Approved)
        assert Totals.of(await book.of(reference)) == Totals(0, 0, 0, voided=True)

    # -- limits

    async def test_a_hold_is_captured_once_and_the_rest_let_go(
        self, processor: Processor, book: Book
    ) -> None:
        reference = await hold(processor)
        assert Totals.of(await book.of(reference)).held == 50_000
        assert code(await processor.capture(reference, Money(50_001, "INR"), key=key())) == "amount_too_large"
        assert code(await processor.capture(reference, Money(1, "USD"), key=key())) == "currency_mismatch"
        assert await approved(processor.capture(reference, Money(30_000, "INR"), key=key())) == reference
        assert code(await processor.capture(reference, Money(1, "INR"), key=key())) == "already_captured"
        assert code(await processor.void(reference, key=key())) == "already_captured"
        totals = Totals.of(await book.of(reference))
        assert totals == Totals(held=0, taken=30_000, given_back=0, voided=False)

    async def test_a_hold_is_voided_once(self, processor: Processor, book: Book) -> None:
        reference = await hold(processor)
        assert await approved(processor.void(reference, key=key())) == reference
        assert code(await processor.capture(reference, RUPEES, key=key())) == "already_voided"
        assert code(await processor.void(reference, key=key())) == "already_voided"
        assert code(await processor.refund(reference, RUPEES, key=key(REFUND))) == "amount_too_large"
        assert Totals.of(await book.of(reference)) == Totals(0, 0, 0, voided=True)

    async def test_no_more_is_refunded_than_was_captured(self, processor: Processor, book: Book) -> None:
        reference = await hold(processor)
        assert code(await processor.refund(reference, RUPEES, key=key(REFUND))) == "amount_too_large"
        await processor.capture(reference, Money(30_000, "INR"), key=key())
        assert await approved(processor.refund(reference, Money(10_000, "INR"), key=key(REFUND)))
        assert code(await processor.refund(reference, Money(20_001, "INR"), key=key(REFUND)))
        assert await approved(processor.refund(reference, Money(20_000, "INR"), key=key()))
        assert code(await processor.refund(reference, Money(1, "INR"), key=key(REFUND)))
        assert Totals.of(await book.of(reference)) == Totals(0, 30_000, 30_000, voided=False)

    async def test_what_the_simulator_did_not_begin_is_unknown_to_it(self, processor: Processor) -> None:
        for reference in ("", "pi_123", f"sim_approved_{key()}", f"sim_unheard_of_{key()}"):
            answers = [
                await processor.resume(reference, key=key()),
                await processor.capture(reference, RUPEES, key=key()),
                await processor.void(reference, key=key()),
                await processor.refund(reference, RUPEES, key=key(REFUND)),
            ]
            assert {code(answer) for answer in answers} == {"unknown_reference"}

    # -- 3-D Secure

    async def challenge(self, processor: Processor, key: str, *, capture: bool = True) -> ActionRequired:
        answer = await processor.authorize(RUPEES, token=THREE_D_SECURE, capture=capture, key=key)
        assert isinstance(answer, ActionRequired)
        return answer

    async def test_an_unanswered_challenge_stays_the_same(
        self, processor: Processor, another: Processor, book: Book, clock: MemoryClock
    ) -> None:
        begun, resumed = key(), key()
        first = await self.challenge(processor, begun)
        assert first.url == f"https://pay.example/simulator/acs/{first.reference}"
        assert abs((first.expires_at - NOW).total_seconds() - 900) < 0.1
        clock.advance(minutes=5)
        assert await self.challenge(another, begun) == first
        assert await another.resume(first.reference, key=resumed) == first
        assert await find(another, begun, token=THREE_D_SECURE) == first
        assert await find(another, resumed, first.reference, THREE_D_SECURE) is None
        assert [line.key for line in await book.of(first.reference)] == [begun]

    @pytest.mark.parametrize("capture", [True, False])
    async def test_an_approved_challenge_moves_money_on_resume_and_not_before(
        self, processor: Processor, another: Processor, book: Book, acs: Acs, capture: bool
    ) -> None:
        begun, resumed = key(), key()
        first = await self.challenge(processor, begun, capture=capture)
        assert await processor.resume(first.reference, key=resumed) == first
        assert await acs.choose(first.reference, approved=True)
        assert await find(processor, begun, first.reference, THREE_D_SECURE) == first
        assert not Totals.of(await book.of(first.reference)).is_begun

        done = Approved(first.reference)
        answers = [who.resume(first.reference, key=resumed) for who in (processor, another) * 3]
        assert set(await asyncio.gather(*answers)) == {done}
        assert await processor.resume(first.reference, key=key()) == done
        assert await find(another, begun, first.reference, THREE_D_SECURE) == done
        assert await find(another, resumed, first.reference, THREE_D_SECURE) == done
        totals = Totals.of(await book.of(first.reference))
        assert (totals.taken, totals.held) == ((50_000, 0) if capture else (0, 50_000))

    async def test_a_failed_challenge_is_declined(self, processor: Processor, book: Book, acs: Acs) -> None:
        begun, resumed = key(), key()
        first = await self.challenge(processor, begun)
        assert not await acs.choose(first.reference, approved=False)
        answer = await processor.resume(first.reference, key=resumed)
        assert code(answer) == "authentication_failed"
        assert await find(processor, begun, token=THREE_D_SECURE) == answer
        assert await find(processor, resumed, first.reference, THREE_D_SECURE) == answer
        assert not Totals.of(await book.of(first.reference)).is_begun

    async def test_the_first_choice_stands(self, processor: Processor, acs: Acs) -> None:
        reference = (await self.challenge(processor, key())).reference
        assert await acs.choice(reference) is None
        choices = {await acs.choose(reference, approved) for approved in (False, True, True)}
        assert choices == {False}
        assert await acs.choice(reference) is False

    async def test_a_choice_comes_in_time_and_for_a_challenge(
        self, processor: Processor, acs: Acs, clock: MemoryClock
    ) -> None:
        first = await self.challenge(processor, key())
        for reference in ("", await charge(processor), first.reference + "x"):
            with pytest.raises(NotFound):
                await acs.choose(reference, approved=True)
            with pytest.raises(NotFound):
                await acs.choice(reference)
        clock.now = first.expires_at
        with pytest.raises(Refused):
            await acs.choose(first.reference, approved=True)
        assert await processor.resume(first.reference, key=key()) == first

    # -- the book as a whole

    async def test_the_book_shows_every_line_as_it_was_written(
        self, processor: Processor, book: Book
    ) -> None:
        reference = await hold(processor)
        await processor.capture(reference, Money(60_000, "INR"), key=key())
        challenge = await self.challenge(processor, key())
        shown = [line async for line in book.lines()]
        assert [line.key for line in shown] == sorted(line.key for line in shown)
        for each in (reference, challenge.reference):
            lines: list[Line] = sorted(await book.of(each), key=lambda line: line.key)
            assert [line for line in shown if line.reference == each] == lines
            assert [await book.line(line.key) for line in lines] == lines
        assert all(line.at == NOW for line in shown if line.reference == reference)
