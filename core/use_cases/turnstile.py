"""How many deliveries one endpoint may have under way, so that one that hangs does not hold up the others."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ports.chance import Chance
from ports.clock import Clock

PLACES = 64  # of the 256 deliveries that a worker has under way in a lane
PATIENCE_S = 1.0  # for a place at an endpoint that answers well; several become free in a moment
SLOW_S = 1.0
FIRST_PAUSE_S, LAST_PAUSE_S = 5.0, 60.0
BUSY_S = (0.25, 5.0)  # the first and the longest time to stay away: from one that answers well,
TROUBLED_S = (1.0, 60.0)  # from one that is slow or was silent of late,
LONGEST_STAY_S = 600.0  # from an open circuit: ten thousand that come back too soon are a load of their own

Waiter = asyncio.Future[bool]


@dataclass(slots=True)
class Gate:
    """What is known of one endpoint here: `places` 0 means that its circuit is open, until `opens_at`."""

    places: int = PLACES
    inside: int = 0
    opens_at: datetime | None = None
    pause_s: float = FIRST_PAUSE_S
    waiting: deque[Waiter] = field(default_factory=deque)

    @property
    def has_room(self) -> bool:
        return self.inside < max(self.places, 1)

    @property
    def is_troubled(self) -> bool:
        return self.places < PLACES

    def call_next(self) -> None:
        """Let in whoever waits, while there is room; send all away when it is no use to wait."""
        while self.waiting and (self.has_room or self.is_troubled):
            waiter = self.waiting.popleft()
            if not waiter.done():
                self.inside += not self.is_troubled
                waiter.set_result(not self.is_troubled)


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
    first_stay_s: float = 60.0  # away from an open circuit: as long as after a failed attempt
    _gates: dict[str, Gate] = field(default_factory=dict, init=False)

    async def enter(self, endpoint_id: str, tries: int) -> float | None:
        """None: go ahead, and `leave` afterwards. A number: come again in so many seconds, the later the
        more often you have come before (`tries`, from 1)."""
        gate = self._gates.setdefault(endpoint_id, Gate())
        if not gate.has_room and not gate.is_troubled and await self._has_waited(gate):
            return None
        wait_s = self.wait_s(endpoint_id, tries)
        if wait_s is not None:
            return wait_s
        if not gate.has_room:
            return self._spread(BUSY_S, tries)
        gate.inside += 1
        return None

    def wait_s(self, endpoint_id: str, tries: int) -> float | None:
        """What `enter` would say of one in trouble, to spare what comes before it."""
        gate = self._gates.get(endpoint_id)
        if gate is None or not gate.is_troubled:
            return None
        left_s = (gate.opens_at - self.clock()).total_seconds() if gate.opens_at else 0.0
        if left_s > 0:
            return max(left_s, self._spread((self.first_stay_s, LONGEST_STAY_S), tries))
        return None if gate.has_room else self._spread(TROUBLED_S, tries)

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
        gate.call_next()
        if not gate.is_troubled and not gate.inside and not gate.waiting:
            del self._gates[endpoint_id]  # as good as unknown

    @property
    def open_circuits(self) -> int:
        """How many endpoints are taken for dead."""
        return sum(not gate.places for gate in self._gates.values())

    async def _has_waited(self, gate: Gate) -> bool:
        """Whether patience was rewarded with a place."""
        waiter: Waiter = asyncio.get_running_loop().create_future()
        gate.waiting.append(waiter)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await waiter
        except (TimeoutError, asyncio.CancelledError) as end:
            has_place = waiter.done() and not waiter.cancelled() and waiter.result()
            if isinstance(end, TimeoutError):
                return has_place
            gate.inside -= has_place
            raise
        finally:
            if waiter in gate.waiting:
                gate.waiting.remove(waiter)

    def _note_silence(self, gate: Gate) -> None:
        now = self.clock()
        gate.places //= 2
        if gate.places or (gate.opens_at is not None and now < gate.opens_at):
            return  # not there yet, or one of those that were under way when it opened
        gate.opens_at = now + timedelta(seconds=gate.pause_s)
        gate.pause_s = min(LAST_PAUSE_S, 2 * gate.pause_s)

    def _spread(self, stay_s: tuple[float, float], tries: int) -> float:
        """Those who were turned away together do not come back together."""
        first_s, longest_s = stay_s
        return min(longest_s, first_s * 2.0 ** min(tries - 1, 20)) * self.chance.uniform(1.0, 2.0)
