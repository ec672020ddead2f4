"""Heartbeats and leadership in memory."""

from datetime import datetime, timedelta

from ports.clock import Clock


class MemoryCoordination:
    """See `ports.coordination.Coordination`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alive_until: dict[str, dict[str, datetime]] = {}
        self._leaders: dict[str, tuple[str, datetime]] = {}

    async def beat(self, role: str, process_id: str, *, ttl_s: float) -> None:
        until = self._clock() + timedelta(seconds=ttl_s)
        self._alive_until[role] = self._living(role) | {process_id: until}

    async def alive(self, role: str) -> int:
        return len(self._living(role))

    async def leave(self, role: str, process_id: str) -> None:
        self._alive_until.get(role, {}).pop(process_id, None)
        if self._leaders.get(role, ("",))[0] == process_id:
            del self._leaders[role]

    async def lead(self, role: str, process_id: str, *, ttl_s: float) -> bool:
        now = self._clock()
        leader, until = self._leaders.get(role, (process_id, now))
        if leader != process_id and until > now:
            return False
        self._leaders[role] = (process_id, now + timedelta(seconds=ttl_s))
        return True

    def _living(self, role: str) -> dict[str, datetime]:
        now = self._clock()
        return {id: until for id, until in self._alive_until.get(role, {}).items() if until > now}
