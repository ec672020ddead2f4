"""Telling an endpoint once more what it has missed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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

    id: str
    account: Account
    endpoint_id: str
    scope: ReplayScope
    since: datetime
    until: datetime
    per_second: int
    created_at: datetime
    cursor: str = ""
    replayed: int = 0
    finished_at: datetime | None = None
    version: int = 0
