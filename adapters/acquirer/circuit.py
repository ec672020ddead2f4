"""A circuit breaker: who waits for a dead processor waits once, and everybody else not at all."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from core.domain.errors import NotAsked, Unavailable

SILENCES = 5  # in a row, after which a processor is taken for dead
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 10.0

log = logging.getLogger(__name__)


class State(StrEnum):
    """What becomes of a call: it passes, is refused, or passes if it is the one that looks."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Silence(Unavailable):
    """No sign of life: no answer, none that can be read, or one that speaks of an accident over there.

    Only this counts. A processor that refuses, or is busy, is alive.
    """


class Circuit:
    """Closed: calls pass. Open, after `silences` in a row: none does. Half open, when the pause is over: one
    passes to see, and closes the circuit again or doubles the pause.

    Each process has its own. What is refused here was not asked: a job comes again, with the same key, when the
    circuit may close, and that counts as no try.
    """

    def __init__(
        self,
        name: str,
        *,
        silences: int = SILENCES,
        first_pause_s: float = FIRST_PAUSE_S,
        last_pause_s: float = LAST_PAUSE_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._silences = silences
        self._first_pause_s, self._last_pause_s = first_pause_s, last_pause_s
        self.now_s = now_s
        self._in_a_row = 0
        self._pause_s = first_pause_s
        self._closed_until_s = 0.0  # for all calls, while it is open
        self._is_probed = False

    @property
    def is_open(self) -> bool:
        return self._in_a_row >= self._silences

    @property
    def state(self) -> State:
        if not self.is_open:
            return State.CLOSED
        return State.OPEN if self.now_s() < self._closed_until_s else State.HALF_OPEN

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one call: a Silence counts, any other accident is our own, and an answer is life.

        Raises NotAsked at once when none may pass.
        """
        is_probe = self.is_open
        if is_probe:
            self._admit_probe()
        try:
            yield
        except Silence:
            self._note_silence(is_probe)
            raise
        else:
            self._note_life()
        finally:  # also of a caller that was stopped, which says nothing and must not bar the way
            if is_probe:
                self._is_probed = False

    def _admit_probe(self) -> None:
        wait_s = self._closed_until_s - self.now_s()
        if wait_s > 0 or self._is_probed:
            raise NotAsked(
                "processor_circuit_open",
                "The processor has not answered for a while; it is not asked at the moment.",
                retry_after_s=max(1, math.ceil(wait_s)),
            )
        self._is_probed = True

    def _note_silence(self, is_probe: bool) -> None:
        was_open = self.is_open
        self._in_a_row += 1
        if self.is_open and (is_probe or not was_open):
            self._closed_until_s = self.now_s() + self._pause_s
            self._pause_s = min(self._last_pause_s, 2 * self._pause_s)
        if self.is_open and not was_open:
            log.warning("circuit_opened", extra={"processor": self._name})

    def _note_life(self) -> None:
        if self.is_open:
            log.info("circuit_closed", extra={"processor": self._name, "silences": self._in_a_row})
        self._in_a_row = 0
        self._pause_s = self._first_pause_s
