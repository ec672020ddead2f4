"""A processor as acquirers are: it declines, challenges, dithers, falls silent, changes its mind and forgets."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.simulator.answers import CHALLENGE, declined
from adapters.simulator.book import Line, Totals
from adapters.simulator.judge import Call, judge
from adapters.simulator.scenario import Reference, Scenario
from core.domain.errors import Unavailable
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Declined, Final, Outcome, Pending
from ports.clock import Clock
from tests.simulation.moods import Mood, Moods

Tell = Callable[[str, str], None]
FORGETS_LATER_S = 3_600.0  # than it has promised, which covers clocks that differ


@dataclass
class Heard:
    """A call that arrived, and what it left in the book under `entry`."""

    call: Call
    mood: Mood
    entry: str
    at: datetime
    answer: Final

    @property
    def decided_at(self) -> datetime:
        return self.at + timedelta(seconds=self.mood.pending_s)


class Acquirer:
    """See `ports.processor.Processor`. `news` is told of operations about which it has something to say."""

    def __init__(self, clock: Clock, moods: Moods, key_ttl_s: float, tell: Tell) -> None:
        self._clock = clock
        self._moods = moods
        self._remembers = timedelta(seconds=key_ttl_s + FORGETS_LATER_S)
        self._tell = tell
        self._heard: dict[str, Heard] = {}
        self._first_asked: dict[str, datetime] = {}
        self._nonsense: dict[str, int] = {}
        self._choices: dict[str, bool] = {}
        self.book: dict[str, Line] = {}
        self.news: list[tuple[datetime, str]] = []

    async def authorize(self, amount: Money, *, token: str, capture: bool, key: str) -> Outcome:
        entry = f"{key}~{len(self.book)}" if self._is_forgotten(key) else key
        reference = Reference(Scenario.APPROVED, entry)
        return self._hear(Call(Kind.AUTHORIZE, key, reference, amount, takes=capture), entry)

    async def resume(self, reference: str, *, key: str) -> Outcome:
        return self._hear(Call(Kind.RESUME, key, _read(reference)), self._entry(key))

    async def capture(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return self._hear(Call(Kind.CAPTURE, key, _read(reference), amount, takes=True), self._entry(key))

    async def void(self, reference: str, *, key: str) -> Outcome:
        return self._hear(Call(Kind.VOID, key, _read(reference)), self._entry(key))

    async def refund(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return self._hear(Call(Kind.REFUND, key, _read(reference), amount), self._entry(key))

    async def find(self, key: str, *, token: str, reference: str) -> Outcome | None:
        self.turn()
        heard = self._heard.get(key)
        if heard is None:
            self._tell("processor", f"has never heard of {key}")
            return None
        return self._say(heard)

    def choose(self, reference: str, approved: bool) -> None:
        """The shopper at the bank's page; the first choice stands."""
        self._choices.setdefault(reference, approved)

    def lines(self) -> list[Line]:
        return [self.book[entry] for entry in sorted(self.book)]

    def turn(self) -> None:
        """Declines whose time has come turn out to have been successes, if nothing speaks against it now."""
        now = self._clock()
        for heard in self._heard.values():
            after_s = heard.mood.turns_after_s
            if after_s is not None and heard.decided_at + timedelta(seconds=after_s) <= now:
                heard.mood = replace(heard.mood, turns_after_s=None)
                self._turn(heard, now)

    def next_at(self) -> datetime | None:
        """When it will next do something by itself."""
        turns = [
            heard.decided_at + timedelta(seconds=heard.mood.turns_after_s)
            for heard in self._heard.values()
            if heard.mood.turns_after_s is not None
        ]
        return min([*turns, *(at for at, _ in self.news)], default=None)

    def _hear(self, call: Call, entry: str) -> Outcome:
        self.turn()
        now, mood = self._clock(), self._moods.of(call.key, call.kind)
        if now < self._first_asked.setdefault(call.key, now) + timedelta(seconds=mood.deaf_s):
            raise _silence()
        heard = self._heard.get(call.key)
        if heard is None or entry != heard.entry:
            if call.kind is Kind.RESUME and self._choice(call.reference) is None:
                return self._challenge(
                    call.reference
                )  # nothing to remember: the same key may hear more later
            heard = self._heard[call.key] = self._enter(call, mood, entry, now)
        return self._say(heard)

    def _enter(self, call: Call, mood: Mood, entry: str, now: datetime) -> Heard:
        lines = self._lines_of(call.reference)
        line = replace(judge(call, self._wish(call, mood), lines, at=now), key=entry)
        answer = line.outcome
        if (
            mood.let_go
            and isinstance(answer, Declined)
            and answer.code == mood.code
            and Totals.of(lines).held
        ):
            line = replace(line, outcome=Approved(line.reference))
            answer = declined("not_authorized", call.reference)
        self.book[entry] = line
        self._tell("processor", f"{call.kind} {call.key}: {_words(line)}")
        if mood.calls_back:
            self.news += [(now, call.key), (now + timedelta(seconds=mood.pending_s), call.key)]
        return Heard(call, mood, entry, now, answer)

    def _wish(self, call: Call, mood: Mood) -> Final:
        if call.kind is Kind.RESUME and self._choice(call.reference) is False:
            return declined("authentication_failed", call.reference)
        if mood.challenges:
            return self._challenge(call.reference)
        if not mood.approves:
            return declined(mood.code, call.reference)
        return Approved(str(call.reference))
