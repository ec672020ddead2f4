"""How many deliveries one endpoint may have under way, so that one that hangs does not hold up the others."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ports.chance import Chance
from ports.clock import Clock

PLACES = 64  # of the 256 deliveries that a worker has under way in a lane
SLOW_S = 1.0
FIRST_PAUSE_S, LAST_PAUSE_S = 5.0, 60.0
FIRST_WAIT_S, LAST_WAIT_S = 0.25, 300.0  # for a place
FIRST_STAY_S = 5.0  # away from an open circuit: ten thousand that come back too soon are a load of their own


@dataclass(slots=True)
class Gate:
    """What is known of one endpoint here: `places` 0 means that its circuit is open, until `opens_at`."""

    places: int = PLACES
    inside: int = 0
    opens_at: datetime | None = None
    pause_s: float = FIRST_PAUSE_S


@dataclass
class Turnstile:
    """One per worker process; nothing of it is kept.

    An answer in good time doubles an endpoint's places, up to all of them; a slow one, or none at all,
    halves them. None in a row until no place is left opens the circuit: nobody goes there for a pause,
    then one tries, and either closes the circuit or doubles the pause. An answer of any status is an answer:
    what a receiver refuses holds nobody up.
    """

    clock: Clock
    chance: Chance
    _gates: dict[str, Gate] = field(default_factory=dict, init=False)

    def enter(self, endpoint_id: str, tries: int) -> float | None:
        """None: go ahead, and `leave` afterwards. A number: come again in so many seconds, the later the
        more often you have come before (`tries`, from 1)."""
        wait_s = self.wait_s(endpoint_id, tries)
        if wait_s is None:
            self._gates.setdefault(endpoint_id, Gate()).inside += 1
        return wait_s

    def wait_s(self, endpoint_id: str, tries: int) -> float | None:
        """What `enter` would say, to spare what comes before it."""
        gate, now = self._gates.get(endpoint_id), self.clock()
        if gate is None:
            return None
        if gate.opens_at is not None and now < gate.opens_at:
            return self._spread(max((gate.opens_at - now).total_seconds(), _wait(FIRST_STAY_S, tries)))
        return self._spread(_wait(FIRST_WAIT_S, tries)) if gate.inside >= max(gate.places, 1) else None

    def leave(self, endpoint_id: str, took_s: float | None) -> None:
        """How long the answer took; None when there was none."""
        gate = self._gates[endpoint_id]
        gate.inside -= 1
        if took_s is None:
            self._note_silence(gate)
        elif took_s >= SLOW_S:
            gate.places, gate.opens_at = max(1, gate.places // 2), None
        else:
            gate.places, gate.opens_at = min(PLACES, 2 * max(1, gate.places)), None
            gate.pause_s = FIRST_PAUSE_S
        if gate.places == PLACES and not gate.inside:
            del self._gates[endpoint_id]  # as good as unknown

    @property
    def open_circuits(self) -> int:
        """How many endpoints are taken for dead."""
        return sum(not gate.places for gate in self._gates.values())

    def _note_silence(self, gate: Gate) -> None:
        now = self.clock()
        gate.places //= 2
        if gate.places or (gate.opens_at is not None and now < gate.opens_at):
            return  # not there yet, or one of those that were under way when it opened
        gate.opens_at = now + timedelta(seconds=gate.pause_s)
        gate.pause_s = min(LAST_PAUSE_S, 2 * gate.pause_s)

    def _spread(self, wait_s: float) -> float:
        """So that those who were turned away together do not come back together."""
        return wait_s * self.chance.uniform(1.0, 1.5)


def _wait(first_s: float, tries: int) -> float:
    return min(LAST_WAIT_S, first_s * 2.0 ** min(tries - 1, 20))
