"""Forgetting what nobody needs any more, a part at a time."""

from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """Each `forget_…` forgets some of what was made before a time, and says whether to ask again at once.

    It may leave some to another day: rows that lie in one place go together, when all of them are old enough.
    Never goes what something still refers to. `limit` bounds what is forgotten row by row. All raise Unavailable.
    """

    async def make_room(self, now: datetime) -> None:
        """See to it that what is made in the next days has a place that can be forgotten as a whole; as far as
        nobody else is at work there."""
        ...

    async def forget_attempts(self, before: datetime, *, limit: int) -> bool:
        """The log of single attempts at deliveries; the deliveries stay."""
        ...

    async def forget_deliveries(self, before: datetime, *, limit: int) -> bool:
        """Those that have ended and of which no attempt is left; their events stay."""
        ...

    async def forget_events(self, before: datetime, *, limit: int) -> bool:
        """Those of which no delivery is left."""
        ...

    async def forget_keys(self, before: datetime, *, limit: int) -> bool:
        """Idempotency keys, which mean nothing after 24 hours."""
        ...
