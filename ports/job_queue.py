"""The wire that wakes workers; it may lose or repeat anything."""

from collections.abc import Sequence
from typing import Protocol

from core.domain.job import Lane, Ticket


class JobQueue(Protocol):
    """Carries tickets, many in one message. Raises Unavailable when it is away."""

    async def announce(self, tickets: Sequence[Ticket]) -> None:
        """Wake a worker for each, at once."""
        ...

    async def schedule(self, tickets: Sequence[tuple[Ticket, float]]) -> None:
        """Wake a worker for each after so many seconds."""
        ...

    async def due(self, limit: int) -> list[Ticket]:
        """Take scheduled tickets whose time has come off the schedule."""
        ...

    async def length(self, lane: Lane) -> int:
        """How many messages wait."""
        ...
