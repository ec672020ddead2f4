"""Telling an endpoint once more what it has missed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.domain.merchant import Account

MAX_PER_SECOND = 1_000


class ReplayScope(StrEnum):
    """Which of the events that an endpoint's filter lets through; what is on its way is never among them."""

    FAILED = "failed"  # those whose delivery was given up
    UNDELIVERED = "undelivered"  # those, and the ones that were never owed, as while it was disabled
    ALL = "all"  # also what has arrived


@dataclass(slots=True)
class Replay:
    """A replay and how far it has got: to the event `cursor`, of those made from `since` and before `until`."""

    id: Final[str]
    account: Final[Account]
    endpoint_id: Final[str]
    scope: Final[ReplayScope]
    since: Final[datetime]
    until: Final[datetime]
    per_second: Final[int]
    created_at: Final[datetime]
    cursor: str = ""
    replayed: int = 0
    finished_at: datetime | None = None
    version: int = 0
