"""What shall go wrong, how often and with which calls."""

import random
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.domain.operation import Kind

MAX_RULES = 32
MAX_DELAY_MS = 3_600_000


class Call(StrEnum):
    """What can be asked; the first five may move money."""

    AUTHORIZE = Kind.AUTHORIZE
    RESUME = Kind.RESUME
    CAPTURE = Kind.CAPTURE
    VOID = Kind.VOID
    REFUND = Kind.REFUND
    FIND = "find"
    TOKENIZE = "tokenize"


class Fault(StrEnum):
    """`before`: no money moves. `after`: it has moved, and the caller does not hear of it."""

    SLOW = "slow"  # by delay_ms, before anything else
    DOWN = "down"  # the connection is cut, whatever was asked
    ERROR_BEFORE = "error_before"  # 500
    ERROR_AFTER = "error_after"
    HANG_BEFORE = "hang_before"  # no answer until the caller gives up
    HANG_AFTER = "hang_after"
    CUT_BEFORE = "cut_before"  # the connection ends without an answer
    CUT_AFTER = "cut_after"
    CUT_MIDWAY = "cut_midway"  # after half of the answer
    DRIP = "drip"  # the answer comes byte by byte, every delay_ms
    GARBLED = "garbled"  # a 200 whose JSON is broken
    WRONG_TYPE = "wrong_type"  # a 200 from some proxy, in HTML
    OVERSIZED = "oversized"  # more than anybody should read
    IN_PROGRESS = "in_progress"  # 409, nothing done
    RATE_LIMITED = "rate_limited"  # 429, nothing done
    SAYS_DECLINED = "says_declined"  # what was approved is said to be declined: it is reported later
    CALLBACK_NEVER = "callback_never"
    CALLBACK_EARLY = "callback_early"  # before the answer
    CALLBACK_TWICE = "callback_twice"
    CALLBACK_LATE = "callback_late"  # by delay_ms
    CALLBACK_FORGED = "callback_forged"  # signed with another secret
    CALLBACK_STALE = "callback_stale"  # signed a day ago


MOVES = frozenset(set(Call) - {Call.FIND, Call.TOKENIZE})
OF_MOVES = frozenset(fault for fault in Fault if fault.startswith(("callback_", "says_")))


class Rule(BaseModel):
    """One fault: for the `next` so many calls, with a `probability`, until `for_s` seconds from now, with some
    `calls` only (all but `tokenize`, which `down` includes too); each of these holds together with the others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Fault
    calls: frozenset[Call] | None = None
    next: Annotated[int, Field(ge=1)] | None = None
    probability: float = Field(1.0, gt=0, le=1)
    for_s: Annotated[float, Field(gt=0)] | None = None
    delay_ms: int = Field(0, ge=0, le=MAX_DELAY_MS)

    def is_for(self, call: Call) -> bool:
        if self.fault in OF_MOVES and call not in MOVES:
            return False
        if self.calls is not None:
            return call in self.calls
        return call is not Call.TOKENIZE or self.fault is Fault.DOWN


class Plan(BaseModel):
    """All that shall go wrong from now on. With `forget_keys`, every key that was used until now is new again:
    a call that is repeated under it is done again. The same `seed` draws the same lots."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[Rule, ...] = Field((), max_length=MAX_RULES)
    forget_keys: bool = False
    seed: int = 0


_names: TypeAdapter[Fault] = TypeAdapter(Fault)


class Faults:
    """Draws for each call what goes wrong with it."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self.set(Plan())

    def set(self, plan: Plan) -> None:
        """In place of what was planned before."""
        self.plan = plan
        self._set_at_s = self._now_s()
        self._left = [rule.next for rule in plan.rules]
        self._chance = random.Random(plan.seed)

    def draw(self, call: Call) -> list[Rule]:
        """The rules that strike this call, in their order; those that are counted are used up by one."""
        return [rule for place, rule in enumerate(self.plan.rules) if self._strikes(place, rule, call)]

    def _strikes(self, place: int, rule: Rule, call: Call) -> bool:
        left = self._left[place]
        is_over = rule.for_s is not None and self._now_s() - self._set_at_s >= rule.for_s
        if left == 0 or is_over or not rule.is_for(call) or self._chance.random() >= rule.probability:
            return False
        if left is not None:
            self._left[place] = left - 1
        return True


def read_header(text: str) -> Sequence[Rule]:
    """For one request alone: `error_after`, or several: `slow=200, cut_after`; the number is `delay_ms`.

    Raises ValueError.
    """
    rules = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, delay_ms = part.partition("=")
        rules.append(Rule(fault=_names.validate_python(name), delay_ms=int(delay_ms or 0)))
    return rules
