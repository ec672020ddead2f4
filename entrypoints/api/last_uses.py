"""Which API keys are in use, told to the database behind the requests' backs."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.domain.errors import GatewayError
from ports.key_uses import KeyUses

EVERY = timedelta(minutes=1)  # a key's last use is true to within so much
MAX_TOLD = 10_000

log = logging.getLogger(__name__)


class LastUses:
    """Each key at most once a minute per process; those that come while one write is under way share the next."""

    def __init__(self, key_uses: Callable[[], KeyUses]) -> None:
        self._key_uses = key_uses
        self._told: dict[str, datetime] = {}
        self._waiting: dict[str, datetime] = {}
        self._telling: asyncio.Task[None] | None = None

    def note(self, key_id: str, at: datetime) -> None:
        """Waits for nothing, and never fails."""
        told = self._told.get(key_id)
        if told is not None and abs(at - told) < EVERY:
            return
        if len(self._told) >= MAX_TOLD:
            self._told.clear()
        self._told[key_id] = self._waiting[key_id] = at
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="last-uses")

    async def _tell(self) -> None:
        while self._waiting:
            uses, self._waiting = self._waiting, {}
            try:
                await self._key_uses().record(uses)
            except GatewayError as error:  # the next use is told again, in a minute
                log.info("last_uses_lost", extra={"count": len(uses), "why": str(error)})
            except Exception:
                log.exception("last_uses_failed")
