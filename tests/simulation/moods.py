"""What a processor makes of a call: drawn when it first hears of it, and then kept."""

from dataclasses import dataclass
from random import Random

from core.domain.operation import Kind
from tests.simulation.profile import DAY, MINUTE, Profile

DECLINES = ("generic_decline", "insufficient_funds", "processing_error")
LATER_S = (20.0, 5 * MINUTE, 90 * MINUTE, 2 * DAY)  # when a decline turns out to have been a success


@dataclass(frozen=True)
class Mood:
    """`silent_s` it does the work but does not answer, `deaf_s` it does not even hear. `nonsense` times it
    answers what cannot be an answer. `lets_go`: a hold is gone by itself when it is
    asked to void it. `charges_alone`: it needs no RESUME once the shopper has given proof."""

    approves: bool = True
    code: str = ""
    challenges: bool = False
    pending_s: float = 0.0
    silent_s: float = 0.0
    deaf_s: float = 0.0
    turns_after_s: float | None = None
    calls_back: bool = False
    nonsense: int = 0
    lets_go: bool = False
    charges_alone: bool = False


class Moods:
    def __init__(self, profile: Profile, chance: Random) -> None:
        self._profile = profile
        self._chance = chance
        self._of: dict[str, Mood] = {}

    def of(self, key: str, kind: Kind) -> Mood:
        mood = self._of.get(key)
        if mood is None:
            mood = self._of[key] = self._draw(kind)
        return mood

    def _draw(self, kind: Kind) -> Mood:
        moody, begins = self._profile.moody, kind in (Kind.AUTHORIZE, Kind.RESUME)
        declines = self._one_in(0.12 * moody)
        turns = declines and kind is not Kind.VOID and self._one_in(0.35)
        return Mood(
            approves=not declines,
            code=self._chance.choice(DECLINES),
            challenges=kind is Kind.AUTHORIZE and self._one_in(0.2 * moody),
            pending_s=self._chance.choice((3.0, 40.0, 5 * MINUTE)) if self._one_in(0.1 * moody) else 0.0,
            silent_s=self._silence() if self._one_in(self._profile.silent) else 0.0,
            deaf_s=self._silence() if self._one_in(self._profile.silent / 2) else 0.0,
            turns_after_s=self._chance.choice(LATER_S) if turns else None,
            calls_back=self._one_in(0.3),
            nonsense=int(not begins and self._one_in(0.05 * moody)),
            lets_go=kind is Kind.VOID and declines,
            charges_alone=kind is Kind.AUTHORIZE and self._one_in(0.2),
        )

    def _silence(self) -> float:
        """Mostly short; sometimes longer than it remembers keys."""
        ttl_s = self._profile.key_ttl_s
        return self._chance.choice((2.0, 10.0, 70.0, 20 * MINUTE, ttl_s * 0.9, ttl_s * 1.6))

    def _one_in(self, share: float) -> bool:
        return self._chance.random() < share
