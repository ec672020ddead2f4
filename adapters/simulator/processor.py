"""A processor that answers by the card or VPA it is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from adapters.simulator.acs import Choices
from adapters.simulator.answers import answer, declined
from adapters.simulator.book import Book, Totals
from adapters.simulator.judge import Call, judge
from adapters.simulator.scenario import Reference, Scenario, scenario_of
from core.domain.errors import Unavailable
from core.domain.ids import REFUND, is_id, made_at
from core.domain.money import Money
from core.domain.operation import Kind
from core.domain.outcome import ActionRequired, Approved, Final, Outcome, Pending
from ports.clock import Clock

SILENCE = timedelta(seconds=3)
SLOWNESS = timedelta(seconds=30)
SILENT_AT_FIRST = (Scenario.TIMEOUT, Scenario.CHARGED)


@dataclass(frozen=True)
class SimulatorProcessor:
    """See `ports.processor.Processor`.

    Without a book its answers follow from scenario, key, time and the shopper's choice alone, so that any
    process gives the same ones. With a book it also knows what has moved: what exceeds that is declined,
    and `find` answers None for a call that never arrived. With `always` every payment ends that way.
    """

    clock: Clock
    choices: Choices
    base_url: str
    book: Book | None = None
    delay_ms: float = 0
    always: bool | None = None
    processing_delay_ms: float = 1000
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def authorize(self, amount: Money, *, token: str, capture: bool, key: str) -> Outcome:
        reference = Reference(self._scenario(token), key)
        return await self._answer(Call(Kind.AUTHORIZE, key, reference, amount, takes=capture))

    async def resume(self, reference: str, *, key: str) -> Outcome:
        return await self._later(reference, lambda known: Call(Kind.RESUME, key, known))

    async def capture(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return await self._later(reference, lambda known: Call(Kind.CAPTURE, key, known, amount, takes=True))

    async def void(self, reference: str, *, key: str) -> Outcome:
        return await self._later(reference, lambda known: Call(Kind.VOID, key, known))

    async def refund(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return await self._later(reference, lambda known: Call(Kind.REFUND, key, known, amount))

    async def find(self, key: str, *, token: str, reference: str) -> Outcome | None:
        known = Reference.read(reference) if reference else Reference(self._scenario(token), key)
        if known is None:
            return None
        self._keep_silent(known, key, SILENT_AT_FIRST)
        outcome = await self._found(key, known)
        return None if outcome is None else self._heard(known, key, outcome)

    async def _later(self, reference: str, call: Callable[[Reference], Call]) -> Outcome:
        known = Reference.read(reference)
        return declined("unknown_reference", reference) if known is None else await self._answer(call(known))

    async def _answer(self, call: Call) -> Outcome:
        """Half of the delay lies before the money moves and half after it, so who dies may have done either."""
        delay_s = (self.delay_ms if self.always is None else self.processing_delay_ms) / 1000
        await self.sleep(delay_s / 2)
        self._keep_silent(call.reference, call.key, (Scenario.TIMEOUT,))
        outcome = await self._decide(call)
        await self.sleep(delay_s / 2)
        return self._heard(call.reference, call.key, outcome)

    async def _decide(self, call: Call) -> Final:
        wish = await self._wish(call.kind, call.reference)
        if self.book is None or (call.kind is Kind.RESUME and isinstance(wish, ActionRequired)):
            return wish  # an unanswered challenge leaves no line: the same key may hear more later
        verdict = partial(judge, call, wish, at=self.clock())
        return (await self.book.enter(call.key, str(call.reference), verdict)).outcome

    async def _found(self, key: str, reference: Reference) -> Final | None:
        if self.book is None:
            outcome = await self._wish(_guess(key, reference), reference)
        else:
            line = await self.book.line(key)
            if line is None:
                return None
            outcome = line.outcome
        return await self._since(outcome, reference) if isinstance(outcome, ActionRequired) else outcome

    async def _since(self, challenge: ActionRequired, reference: Reference) -> Final:
        """What has become of a challenge. An approving shopper moves nothing: only RESUME does."""
        choice = await self.choices.choice(str(reference))
        if choice and self.book is not None and Totals.of(await self.book.of(str(reference))).is_begun:
            return Approved(str(reference))
        return declined("authentication_failed", reference) if choice is False else challenge

    async def _wish(self, kind: Kind, reference: Reference) -> Final:
        asks_shopper = kind is Kind.RESUME and reference.scenario is Scenario.THREE_D_SECURE
        choice = await self.choices.choice(str(reference)) if asks_shopper else None
        return answer(kind, reference, choice, self.base_url)

    def _heard(self, reference: Reference, key: str, outcome: Final) -> Outcome:
        """What the caller hears at this time of an outcome that stands."""
        self._keep_silent(reference, key, SILENT_AT_FIRST)
        decided_at = made_at(key) + SLOWNESS
        if reference.scenario is Scenario.SLOW and self.clock() < decided_at:
            return Pending(decided_at, str(reference))
        return outcome

    def _keep_silent(self, reference: Reference, key: str, silent: tuple[Scenario, ...]) -> None:
        if reference.scenario in silent and self.clock() < made_at(key) + SILENCE:
            raise Unavailable("processor_silent", "The processor did not answer.")

    def _scenario(self, token: str) -> Scenario:
        if self.always is None:
            return scenario_of(token)
        return Scenario.APPROVED if self.always else Scenario.DECLINED_PAYMENT_DECLINED


def _guess(key: str, reference: Reference) -> Kind:
    """Which call had this key, as far as it matters to an answer without a book."""
    if key == reference.key:
        return Kind.AUTHORIZE
    return Kind.REFUND if is_id(key, REFUND) else Kind.RESUME
