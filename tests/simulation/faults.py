"""What goes wrong with a call of a port, by the one source of chance."""

from enum import StrEnum, auto
from random import Random

from tests.simulation.profile import CALM, Profile

SLOW_S = (0.5, 40.0)  # the longest is beyond a lease
LATE_S = (0.01, 20.0)


class Strike(StrEnum):
    """Before: the call has no effect. After: it has one, and its caller does not hear of it."""

    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    ERROR_BEFORE = auto()
    ERROR_AFTER = auto()
    LATE = auto()  # an error now, the effect later
    LOST = auto()
    TWICE = auto()
    CONFLICT = auto()


IN_WORDS = {
    Strike.CRASH_BEFORE: "on the way to",
    Strike.CRASH_AFTER: "right after",
    Strike.ERROR_BEFORE: "fails and has no effect",
    Strike.ERROR_AFTER: "has its effect, and its answer is lost",
    Strike.LATE: "is not answered in time",
    Strike.LOST: "is lost",
    Strike.TWICE: "happens twice",
}


class Faults:
    """Draws what strikes each call, from when they begin until they stop."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.stop()

    def begin(self, profile: Profile) -> None:
        self.profile = profile

    def stop(self) -> None:
        """From now on everything works, and at once."""
        self.commits_hang = False
        self.profile = CALM

    def on_call(self, method: str) -> Strike | None:
        return self._pick((self.profile.crash, CRASHES), (self.profile.error, ERRORS))

    def on_processor_call(self, method: str) -> Strike | None:
        late = (self.profile.late, (Strike.LATE,))
        return self._pick((self.profile.crash, CRASHES), (self.profile.error, ERRORS), late)

    def on_message(self, method: str) -> Strike | None:
        if method not in ("announce", "schedule"):
            return self.on_call(method)
        p = self.profile
        messages = (
            (p.message_lost, (Strike.LOST,)),
            (p.message_twice, (Strike.TWICE,)),
            (p.late, (Strike.LATE,)),
        )
        return self._pick((p.crash, CRASHES), (p.error, ERRORS), *messages)

    def on_store_call(self, method: str) -> Strike | None:
        if method != "write":
            return self.on_call(method)
        if self.commits_hang:
            return Strike.LATE
        p = self.profile
        unheard = (p.answer_lost, (Strike.ERROR_AFTER, Strike.LOST, Strike.LATE))
        own = ((p.error, (Strike.ERROR_BEFORE,)), unheard, (p.conflict, (Strike.CONFLICT,)))
        return self._pick((p.crash, CRASHES), *own)

    def on_answer(self) -> bool:
        """Whether a client's connection breaks before the answer is through."""
        return self._chance.random() < self.profile.broken_connection

    def latency_s(self) -> float:
        """How long one way takes."""
        p = self.profile
        if not p.latency_s and not p.slow:
            return 0.0
        lot = self._chance.random()
        if lot < p.slow:
            return self._chance.uniform(*SLOW_S)
        return lot * p.latency_s if lot < 0.7 else 0.0

    def late_s(self) -> float:
        return self._chance.uniform(*LATE_S)

    def unknown_s(self) -> float:
        """For how long nobody can say what became of a commit."""
        return self._chance.choice((0.0, 0.0, 0.0, 0.3, 5.0))

    def _pick(self, *kinds: tuple[float, tuple[Strike, ...]]) -> Strike | None:
        lot = self._chance.random()
        for rate, strikes in kinds:
            if lot < rate:
                return strikes[int(lot / rate * len(strikes))]
            lot -= rate
        return None


CRASHES = (Strike.CRASH_BEFORE, Strike.CRASH_AFTER)
ERRORS = (Strike.ERROR_BEFORE, Strike.ERROR_AFTER)
