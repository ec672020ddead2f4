"""What a unit of work needs of the place where rows live."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.errors import GatewayError
from core.domain.event import Event
from core.domain.idempotency import KeyRecord
from core.domain.job import Job, JobKind, Ticket, lane_of
from core.domain.merchant import ApiKey, Merchant
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import Replay
from core.domain.webhook import Attempt, Delivery

# The one order in which every group touches its tables, parents first, so that two writers never deadlock.
AGGREGATES: tuple[type, ...] = (
    Merchant, ApiKey, Endpoint, EndpointHealth, Replay, Order, Payment, Operation, Event, Delivery, Attempt,
    AuditEntry,
)  # fmt: skip

# The field by which children are read together.
PARENT: dict[type, str] = {
    ApiKey: "merchant_id", Endpoint: "merchant_id", Payment: "order_id", Operation: "payment_id",
    Event: "payment_id", Delivery: "event_id", Attempt: "delivery_id", AuditEntry: "target_id",
    Order: "merchant_id", Merchant: "email", Replay: "endpoint_id",
}  # fmt: skip

LEASE_S = 30.0


class NewJob(NamedTuple):
    """A debt to be written; one that is due at once is written already leased, since its commit announces it."""

    id: str
    kind: JobKind
    target_id: str
    after_s: float

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.id, 1, lane_of(self.kind))


@dataclass(slots=True)
class Changes:
    """All that one block wants written. Updates carry the raised version, guards the version as read."""

    updates: list[Any] = field(default_factory=list)
    inserts: list[Any] = field(default_factory=list)
    guards: list[Any] = field(default_factory=list)
    binds: list[KeyRecord] = field(default_factory=list)
    puts: list[NewJob] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)
    put_off: list[tuple[Job, float]] = field(default_factory=list)

    def __bool__(self) -> bool:
        rows = self.updates or self.inserts or self.guards or self.binds
        return bool(rows or self.puts or self.done or self.put_off)

    def changed(self) -> set[object]:
        """The names of what no other block of the same group may change or guard."""
        names: list[object] = [(type(entity), entity.id) for entity in self.updates]
        names += [record.id for record in self.binds]
        names += [(put.kind, put.target_id) for put in self.puts]
        names += [job.id for job in self.done]
        names += [job.id for job, _ in self.put_off]
        return set(names)

    def guarded(self) -> set[object]:
        return {(type(entity), entity.id) for entity in self.guards}


def name_of(entity: Any) -> str:
    """How an aggregate is called where it is locked, guarded or in conflict."""
    return f"{type(entity).__name__.lower()} {entity.id}"


class Want(NamedTuple):
    """Rows of one kind whose `column` is among `keys`."""

    kind: type
    column: str
    keys: tuple[str, ...]


class Fate(StrEnum):
    """What became of a transaction whose answer was lost."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


class Rejected(Exception):
    """Some blocks of the group cannot commit: their index in the group, and the error each deserves."""

    def __init__(self, failures: dict[int, GatewayError]) -> None:
        super().__init__(failures)
        self.failures = failures


class GroupFailed(Exception):
    """The group as a whole broke a rule or waited too long for a lock; `__cause__` or `error` says why."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class AnswerLost(Exception):
    """COMMIT was sent and no answer came; `ticket` names the transaction."""

    def __init__(self, ticket: str) -> None:
        super().__init__(ticket)
        self.ticket = ticket


class Store(Protocol):
    """Rows, read and written in groups. Reads give fresh objects; key records older than 24 h are absent."""

    async def read(self, wants: Sequence[Want]) -> list[list[Any]]:
        """The rows of each want, by id. Raises Unavailable."""
        ...

    async def write(self, group: Sequence[Changes]) -> None:
        """All of it in one transaction.

        Raises Rejected, GroupFailed or Unavailable (nothing was written), or AnswerLost.
        """
        ...

    async def fate(self, ticket: str) -> Fate:
        """What became of that transaction. Never raises; UNKNOWN when nobody says in time."""
        ...
