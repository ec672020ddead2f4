"""What a fault is, and the stage on which it is done."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.faults.memory import Memory
from tests.faults.program import Program
from tests.faults.site import Site
from tests.faults.trade import Trade, open_trade

BEGUN = 40  # payments before anything goes wrong
CROWD: dict[str, Any] = {"pause_s": 1.0}  # nobody waits for the one before, so that payments go on coming


@dataclass
class Stage:
    """A site under the load of one merchant, who is new in each scenario."""

    site: Site
    name: str
    in_flight: int = 0
    is_spent: bool = False  # the site is not as it was: the next scenario needs a new one
    told_within_s: float | None = None  # somebody must be told 503, and within so many seconds
    remarks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    extras: list[Program] = field(default_factory=list)
    ending: AsyncExitStack = field(default_factory=AsyncExitStack)  # after everything has been counted
    _trade: Trade | None = None

    @property
    def trade(self) -> Trade:
        assert self._trade is not None, "begin first"
        return self._trade

    async def begin(self, begun: int = BEGUN, **load: Any) -> None:
        """Put load on; returns when so many payments are there."""
        self._trade = await open_trade(self.site, self.name)
        await self.trade.sell(**load)
        await self.trade.until_begun(begun)

    async def also(self, role: str, *, planted: dict[str, str] | None = None, **env: str) -> Program:
        """One more process of that role for this scenario, at work."""
        program = await self.site.add(role, planted=planted, **env)
        self.extras.append(program)
        await self.site.settled(program)
        return program

    async def strike(self) -> None:
        """Called when the fault begins: how much is in flight just then."""
        self.in_flight = max(self.in_flight, await self.site.open_operations())

    def expect(self, holds: bool, otherwise: str) -> None:
        """Something beyond the invariants that must hold."""
        if not holds:
            self.wrong.append(otherwise)

    def remark(self, words: str) -> None:
        self.remarks.append(words)

    def look_at(self, memory: Memory) -> None:
        """Hold what the client heard against what it was to hear."""
        if self.told_within_s is not None:
            slowest_s, unanswered = memory.slowest_s.get("503"), memory.heard["timeout"]
            self.expect(slowest_s is not None, "nobody was told 503")
            self.expect((slowest_s or 0) <= self.told_within_s, f"a 503 took {slowest_s} s")
            few = unanswered <= memory.heard.total() / 100  # on a machine that is busy with all of this
            self.expect(few, f"{unanswered} requests were not answered at all")

    async def close(self) -> None:
        if self._trade is not None:
            await self._trade.close()


Act = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    name: str
    words: str
    act: Act


FAULTS: dict[str, Fault] = {}


def fault(words: str) -> Callable[[Act], Act]:
    """Registers a scenario under its function's name. It returns when the fault is over."""

    def register(act: Act) -> Act:
        name = act.__name__.replace("_", "-")
        assert name not in FAULTS, name
        FAULTS[name] = Fault(name, words, act)
        return act

    return register
