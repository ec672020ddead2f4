"""Work that we owe ourselves."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class JobKind(StrEnum):
    """What is owed, about which target."""

    PROCESS_OPERATION = "process_operation"  # an operation
    FIND_OPERATION = "find_operation"  # an operation that a processor has news of
    DELIVER_EVENT = "deliver_event"  # a delivery
    EXPIRE_ORDER = "expire_order"  # an order
    EXPIRE_CHALLENGE = "expire_challenge"  # a payment
    EXPIRE_HOLD = "expire_hold"  # a payment
    REVERSE_AGAIN = "reverse_again"  # a payment
    REPLAY_EVENTS = "replay_events"  # a replay


class Lane(StrEnum):
    """Separate queues, so that deliveries cannot starve money, nor repeats of them the first attempts."""

    MONEY = "money"
    DELIVERIES = "deliveries"
    RETRIES = "retries"


MAX_FAILURES = 10


def lane_of(kind: JobKind) -> Lane:
    """Where a job of this kind is announced first."""
    if kind is JobKind.REPLAY_EVENTS:
        return Lane.RETRIES
    return Lane.DELIVERIES if kind is JobKind.DELIVER_EVENT else Lane.MONEY


class Ticket(NamedTuple):
    """What travels: a job's id, and the lease number that a claim must find unchanged."""

    job_id: str
    lease: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Job:
    """A debt as its claimer holds it: done or put off only while `lease` is still its number."""

    id: str
    kind: JobKind
    target_id: str
    lease: int = 1
    tries: int = 0
    failures: int = 0

    @property
    def lane(self) -> Lane:
        """Where it is announced next."""
        lane = lane_of(self.kind)
        return Lane.RETRIES if self.tries and lane is Lane.DELIVERIES else lane

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.id, self.lease, self.lane)
