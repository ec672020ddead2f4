"""The simulator's tables, and its answers when it keeps no book."""

from dataclasses import dataclass, field, replace

import pytest

from adapters.memory.clock import MemoryClock
from adapters.simulator.answers import DECLINES, LATER_DECLINES
from adapters.simulator.judge import Call, judge
from adapters.simulator.memory_book import MemoryBook
from adapters.simulator.processor import SimulatorProcessor
from adapters.simulator.scenario import CARDS, VPAS, Reference, Scenario, scenario_of, token_of
from adapters.simulator.tokenizer import SimulatorTokenizer
from core.domain.errors import Unavailable
from core.domain.ids import OPERATION, REFUND, new_id
from core.domain.instrument import Upi, passes_luhn, read_card, read_vpa
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Declined, Pending
from tests.factories import NOW, chance, fresh_id

RUPEES = Money(50_000, "INR")
TEST_CARDS = {  # API.md, "Simulator"
    "4242 4242 4242 4242": "approved",
    "4111 1111 1111 1111": "approved",
    "5555 5555 5555 4444": "approved",
    "3782 822463 10005": "approved",
    "4000 0000 0000 0002": "declined_generic_decline",
    "4000 0000 0000 9995": "declined_insufficient_funds",
    "4000 0000 0000 0069": "declined_expired_card",
    "4000 0000 0000 0127": "declined_incorrect_cvc",
    "4000 0000 0000 0119": "declined_processing_error",
    "4000 0027 6000 3184": "three_d_secure",
    "4000 0000 0000 5126": "refund_fails",
    "4000 0000 0000 5134": "capture_fails",
}
TEST_VPAS = {
    "asha@okbank": "approved",
    "failsafe@okbank": "approved",
    "fail@okbank": "declined_payment_declined",
    "Fail@okbank": "declined_payment_declined",
    "insufficient@okbank": "declined_insufficient_funds",
    "timeout@okbank": "timeout",
    "slow@okbank": "slow",
    "charged@okbank": "charged",
}


@dataclass
class Slept:
    """Sleeps no time at all, and remembers."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
def choices() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
def simulator(clock: MemoryClock, choices: MemoryBook) -> SimulatorProcessor:
    return SimulatorProcessor(clock, choices, "https://pay.example")


# -- the tables


@pytest.mark.parametrize(("number", "scenario"), TEST_CARDS.items())
async def test_a_test_card_becomes_the_token_of_its_scenario(number: str, scenario: str) -> None:
    card = read_card(number, 12, 2030, "1234", "Asha Rao", now=NOW)
    token = await SimulatorTokenizer().tokenize(card)
    assert token.token == f"tok_sim_{scenario}"
    assert scenario_of(token.token) == scenario
    assert (token.network, token.last4) == (card.network, card.last4)


@pytest.mark.parametrize(("vpa", "scenario"), TEST_VPAS.items())
def test_a_test_vpa_has_its_scenario(vpa: str, scenario: str) -> None:
    assert scenario_of(read_vpa(vpa).token) == scenario


def test_every_test_card_can_be_typed_and_none_can_be_read_from_a_token() -> None:
    assert all(passes_luhn(number) for number in CARDS)
    assert not any(char.isdigit() for number in CARDS for char in token_of(number))


def test_every_decline_has_words_for_people() -> None:
    codes = {scenario.decline_code for scenario in Scenario} - {None} | set(LATER_DECLINES.values())
    assert codes <= DECLINES.keys()
    assert all(words[0].isupper() and words.endswith(".") for words in DECLINES.values())
    assert {CARDS[number] for number in CARDS} | set(VPAS.values()) <= set(Scenario)


@pytest.mark.parametrize("token", ["", "tok_live_approved", "tok_sim_", "pm_1234"])
def test_a_strangers_token_is_declined(token: str) -> None:
    assert scenario_of(token) is Scenario.DECLINED_UNKNOWN_CARD


@pytest.mark.parametrize("scenario", Scenario)
def test_a_reference_carries_its_scenario(scenario: Scenario) -> None:
    reference = Reference(scenario, fresh_id(OPERATION))
    assert Reference.read(str(reference)) == reference


@pytest.mark.parametrize("text", ["", "sim_approved", "sim_approved_op_1", "sim_gold_op_0000000000000000"])
def test_what_the_simulator_never_wrote_is_no_reference(text: str) -> None:
    assert Reference.read(text) is None


def test_resuming_without_a_beginning_moves_nothing() -> None:
    call = Call(Kind.RESUME, "k", Reference(Scenario.THREE_D_SECURE, fresh_id(OPERATION)))
    line = judge(call, Approved(""), [], at=NOW)
    assert isinstance(line.outcome, Declined) and line.amount.minor == 0


# -- without a book


async def test_without_a_book_any_process_gives_the_same_answers(
    simulator: SimulatorProcessor, clock: MemoryClock
) -> None:
    another = SimulatorProcessor(clock, MemoryBook(), "https://pay.example")
    for scenario in (Scenario.APPROVED, Scenario.REFUND_FAILS, Scenario.DECLINED_EXPIRED_CARD):
        key, token = fresh_id(OPERATION), f"tok_sim_{scenario}"
        answer = await simulator.authorize(RUPEES, token=token, capture=True, key=key)
        assert isinstance(answer, Approved | Declined)
        assert await another.find(key, token=token, reference="") == answer
        back = fresh_id(REFUND)
        refund = await simulator.refund(answer.reference, RUPEES, key=back)
        if scenario.decline_code is None:
            assert await another.find(back, token=token, reference=answer.reference) == refund
        assert isinstance(refund, Approved) is (scenario is Scenario.APPROVED)


async def test_without_a_book_a_hold_is_captured_or_voided(simulator: SimulatorProcessor) -> None:
    reference = f"sim_approved_{fresh_id(OPERATION)}"
    for answer in (
        await simulator.capture(reference, RUPEES, key=fresh_id(OPERATION)),
        await simulator.void(reference, key=fresh_id(OPERATION)),
        await simulator.find(fresh_id(OPERATION), token="tok_sim_approved", reference=reference),
    ):
        assert answer == Approved(reference)


@pytest.mark.parametrize("vpa", ["timeout@okbank", "charged@okbank"])
async def test_without_a_book_it_is_silent_for_three_seconds_of_the_operations_life(
    simulator: SimulatorProcessor, clock: MemoryClock, vpa: str
) -> None:
    key, token = fresh_id(OPERATION), Upi(vpa).token
    for after_s in (0, 2.9):
        clock.now = NOW
        clock.advance(seconds=after_s)
        with pytest.raises(Unavailable):
            await simulator.authorize(RUPEES, token=token, capture=True, key=key)
        with pytest.raises(Unavailable):
            await simulator.find(key, token=token, reference="")
    clock.advance(seconds=0.1)
    answer = await simulator.authorize(RUPEES, token=token, capture=True, key=key)
    assert isinstance(answer, Approved)
    assert await simulator.find(key, token=token, reference="") == answer
    with pytest.raises(Unavailable):  # a refund made now has three seconds of its own
        await simulator.refund(answer.reference, RUPEES, key=new_id(REFUND, clock(), chance))


async def test_without_a_book_slow_is_decided_after_thirty_seconds(
    simulator: SimulatorProcessor, clock: MemoryClock
) -> None:
    key, token = fresh_id(OPERATION), "upi:slow@okbank"
    answer = await simulator.authorize(RUPEES, token=token, capture=True, key=key)
    assert isinstance(answer, Pending)
    assert await simulator.find(key, token=token, reference=answer.reference) == answer
    clock.now = answer.ask_again_at
    assert await simulator.find(key, token=token, reference=answer.reference) == Approved(answer.reference)


@pytest.mark.parametrize("approves", [True, False])
async def test_without_a_book_the_shoppers_choice_is_still_asked(
    simulator: SimulatorProcessor, choices: MemoryBook, approves: bool
) -> None:
    begun, resumed, token = fresh_id(OPERATION), fresh_id(OPERATION), "tok_sim_three_d_secure"
    first = await simulator.authorize(RUPEES, token=token, capture=True, key=begun)
    assert isinstance(first, ActionRequired)
    assert await simulator.resume(first.reference, key=resumed) == first
    assert await simulator.find(resumed, token=token, reference=first.reference) == first
    await choices.choose(first.reference, approves)
    answer = await simulator.resume(first.reference, key=resumed)
    assert isinstance(answer, Approved if approves else Declined)
    assert await simulator.find(resumed, token=token, reference=first.reference) == answer
    # An approving shopper completes nothing: that is what RESUME is for.
    found = await simulator.find(begun, token=token, reference="")
    assert found == (first if approves else answer)


# -- settings


@pytest.mark.parametrize("token", ["tok_sim_three_d_secure", "upi:fail@okbank", "upi:timeout@okbank"])
async def test_every_payment_can_be_made_to_end_the_same_way(
    simulator: SimulatorProcessor, token: str
) -> None:
    slept = Slept()
    for always, ends in ((True, Approved), (False, Declined)):
        book = MemoryBook()
        forced = replace(
            simulator, book=book, always=always, delay_ms=50, processing_delay_ms=700, sleep=slept
        )
        key = fresh_id(OPERATION)
        answer = await forced.authorize(RUPEES, token=token, capture=True, key=key)
        assert isinstance(answer, ends)
        assert await forced.find(key, token=token, reference="") == answer
    assert sum(slept.seconds) == pytest.approx(1.4)


async def test_half_of_the_delay_comes_before_the_money_and_half_after_it(
    simulator: SimulatorProcessor, choices: MemoryBook
) -> None:
    taken_by_then: list[int] = []

    async def sleep(seconds: float) -> None:
        assert seconds == pytest.approx(0.4)
        taken_by_then.append(len([line async for line in choices.lines()]))

    slow = replace(simulator, book=choices, delay_ms=800, sleep=sleep)
    await slow.authorize(RUPEES, token="tok_sim_approved", capture=True, key=fresh_id(OPERATION))
    assert taken_by_then == [0, 1]
