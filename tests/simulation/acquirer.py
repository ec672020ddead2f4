"""A processor as acquirers are: it declines, challenges, dithers, falls silent, changes its mind and forgets."""

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.simulator.answers import CHALLENGE, declined
from adapters.simulator.book import Line
from adapters.simulator.judge import Call
from adapters.simulator.scenario import Reference
from core.domain.errors import Unavailable
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Declined, Final, Outcome, Pending
from ports.clock import Clock
from tests.simulation.heard import Heard, words
from tests.simulation.ledger import Ledger, read_reference, reference_of
from tests.simulation.moods import Mood, Moods

Tell = Callable[[str, str], None]
REMEMBERS_LONGER_S = 3_600.0  # than it has promised, which covers clocks that differ
ASK_AGAIN = timedelta(seconds=45)


class Acquirer:
    """See `ports.processor.Processor`. `news`: the operations of which it will speak by itself, and when."""

    def __init__(self, clock: Clock, moods: Moods, key_ttl_s: float, tell: Tell) -> None:
        self._clock = clock
        self._moods = moods
        self._remembers = timedelta(seconds=key_ttl_s + REMEMBERS_LONGER_S)
        self._tell = tell
        self._heard: dict[str, Heard] = {}
        self._first_asked: dict[str, datetime] = {}
        self._choices: dict[str, bool] = {}
        self._ledger = Ledger()
        self.news: list[tuple[datetime, str]] = []
        self.lines: Callable[[], list[Line]] = self._ledger.lines

    async def authorize(self, amount: Money, *, token: str, capture: bool, key: str) -> Outcome:
        entry = self._entry(key)
        return self._hear(Call(Kind.AUTHORIZE, key, reference_of(entry), amount, capture), entry)

    async def resume(self, reference: str, *, key: str) -> Outcome:
        return self._hear(Call(Kind.RESUME, key, read_reference(reference)), self._entry(key))

    async def capture(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return self._hear(Call(Kind.CAPTURE, key, read_reference(reference), amount, True), self._entry(key))

    async def void(self, reference: str, *, key: str) -> Outcome:
        return self._hear(Call(Kind.VOID, key, read_reference(reference)), self._entry(key))

    async def refund(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return self._hear(Call(Kind.REFUND, key, read_reference(reference), amount), self._entry(key))

    async def find(self, key: str, *, token: str, reference: str) -> Outcome | None:
        self.turn()
        heard = self._heard.get(key)
        return self._say(heard) if heard is not None else None

    async def choose(self, reference: str, approved: bool) -> None:
        """The shopper at the bank's page; the first choice stands. Some banks then charge without being asked."""
        self._choices.setdefault(reference, approved)
        for heard in self._heard.values():
            if (
                str(heard.call.reference) == reference
                and heard.mood.charges_alone
                and self._choices[reference]
            ):
                self._become_success(heard)

    def turn(self) -> None:
        """What was declined turns out to have been a success."""
        now = self._clock()
        for heard in self._heard.values():
            if heard.turns_at is not None and heard.turns_at <= now:
                self._become_success(heard)

    def next_at(self) -> datetime | None:
        """When it will next do something by itself."""
        turns = [heard.turns_at for heard in self._heard.values() if heard.turns_at is not None]
        return min([*turns, *(at for at, _ in self.news)], default=None)

    def _hear(self, call: Call, entry: str) -> Outcome:
        self.turn()
        now, mood = self._clock(), self._moods.of(call.key, call.kind)
        if now < self._first_asked.setdefault(call.key, now) + timedelta(seconds=mood.deaf_s):
            self._tell("processor", f"does not hear {call.kind} {call.key}")
            raise _silence()
        heard = self._heard.get(call.key)
        if heard is None or entry != heard.entry:
            if call.kind is Kind.RESUME and str(call.reference) not in self._choices:
                return self._challenge(
                    call.reference
                )  # nothing to remember: the same key may hear more later
            heard = self._heard[call.key] = self._enter(call, mood, entry, now)
        return self._say(heard)

    def _enter(self, call: Call, mood: Mood, entry: str, now: datetime) -> Heard:
        answer = self._ledger.enter(call, self._wish(call, mood), entry, now).outcome
        if mood.lets_go and isinstance(answer, Declined) and answer.code == mood.code:
            answer = self._ledger.let_go(entry)
        self._tell("processor", f"{call.kind} {call.key}: {words(answer)}")
        if mood.calls_back:
            self.news += [(now, call.key), (now + timedelta(seconds=mood.pending_s), call.key)]
        return Heard(call, mood, entry, now, answer, mood.nonsense)

    def _wish(self, call: Call, mood: Mood) -> Final:
        reference = str(call.reference)
        if call.kind is Kind.RESUME and not self._choices[reference]:
            return declined("authentication_failed", reference)
        if call.kind is Kind.VOID and self._is_in_limbo(reference):
            return Declined("capture_in_progress", "A capture is not decided yet.", reference)
        if mood.challenges:
            return self._challenge(call.reference)
        return Approved(reference) if mood.approves else declined(mood.code, reference)

    def _say(self, heard: Heard) -> Outcome:
        now, reference = self._clock(), heard.call.reference
        if now < heard.speaks_at:
            self._tell(
                "processor", f"is silent about {heard.call.kind} {heard.call.key}, {words(heard.answer)}"
            )
            raise _silence()
        if heard.nonsense:
            heard.nonsense -= 1
            self._tell("processor", f"answers {heard.call.kind} {heard.call.key} with nonsense")
            return self._challenge(reference)
        if now < heard.decided_at:
            self._tell("processor", f"has yet to decide about {heard.call.kind} {heard.call.key}")
            return Pending(min(heard.decided_at, now + ASK_AGAIN), str(reference))
        return self._since(reference) if isinstance(heard.answer, ActionRequired) else heard.answer

    def _become_success(self, heard: Heard) -> None:
        """If nothing speaks against it by now."""
        heard.turns_at = None
        now, before = self._clock(), heard.answer
        heard.answer = self._ledger.turn(heard.call, heard.entry, now).outcome
        if heard.answer != before:
            self._tell("processor", f"{heard.call.kind} {heard.call.key} is {words(heard.answer)} now")
            self.news.append((now, heard.call.key))

    def _is_in_limbo(self, reference: str) -> bool:
        return any(
            heard.turns_at is not None and heard.call.kind is Kind.CAPTURE
            for heard in self._heard.values()
            if str(heard.call.reference) == reference
        )

    def _since(self, reference: Reference) -> Final:
        """What has become of a challenge. An approving shopper moves nothing: only RESUME does, or the bank alone."""
        choice = self._choices.get(str(reference))
        if choice and self._ledger.is_begun(reference):
            return Approved(str(reference))
        return declined("authentication_failed", reference) if choice is False else self._challenge(reference)

    def _challenge(self, reference: Reference) -> ActionRequired:
        began_at = self._ledger.begun_at(reference) or self._clock()
        return ActionRequired(f"https://bank.example/{reference}", began_at + CHALLENGE, str(reference))

    def _entry(self, key: str) -> str:
        """Where the key's line is; a new place when it was used so long ago that nobody here remembers."""
        heard = self._heard.get(key)
        if heard is None:
            return key
        if self._clock() <= heard.at + self._remembers:
            return heard.entry
        self._tell("processor", f"has forgotten {key}")
        return f"{key}~{len(self._ledger)}"


def _silence() -> Unavailable:
    return Unavailable("processor_silent", "The processor did not answer.")
