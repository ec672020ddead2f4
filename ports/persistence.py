"""A block of reads and writes that happens as a whole or not at all."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.event import Event
from core.domain.idempotency import KeyRecord, KeyUse
from core.domain.job import Job, JobKind, Ticket
from core.domain.merchant import ApiKey, Merchant
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import Replay
from core.domain.webhook import Attempt, Delivery

T = TypeVar("T")


class Repository(Protocol[T]):
    """The aggregates of one kind, as one block sees them.

    What is read is the block's own copy; changing it is all it takes to have it written when the block
    is left. The same id read twice in one block is the same object.
    """

    async def get(self, id: str) -> T:
        """Raises NotFound when there is none."""
        ...

    async def find(self, id: str) -> T | None: ...

    async def of(self, parent_id: str) -> list[T]:
        """The children of one parent, oldest first: an order's payments, a payment's operations,
        a merchant's endpoints and keys, an event's deliveries, a delivery's attempts."""
        ...

    def read_ahead(self, id: str = "", *, of: str = "") -> None:
        """Begin to read what `get` or `find` will be asked for, or `of`: it comes along with the block's next
        read instead of after it. Only a hint; the answer is the same without."""
        ...

    def add(self, entity: T) -> None: ...


class IdempotencyKeys(Protocol):
    """Each key in its scope stands for one request and its answer, for 24 hours."""

    async def find(self, scope: str, key: str) -> KeyRecord | None:
        """None also when the record is older than 24 hours."""
        ...

    def read_ahead(self, scope: str, key: str) -> None:
        """As of a Repository, for `find`."""
        ...

    def bind(self, use: KeyUse, status: int, body: str, resource_id: str) -> None:
        """Written with the block, which fails with KeyTaken when another has bound the key."""
        ...


class JobsInBlock(Protocol):
    """Debts made and paid in the same block as their cause."""

    def put(self, kind: JobKind, target_id: str, *, after_s: float = 0) -> None:
        """Owe it, `after_s` seconds from the database's now. Owing it already makes it due at the earlier
        of both, and sets it going again if it was parked."""
        ...

    def done(self, job: Job) -> None:
        """Paid. The block fails with LeaseLost when another worker has taken the job over."""
        ...

    def put_off(self, job: Job, *, after_s: float) -> None:
        """Try again later; fails like `done`."""
        ...


class Transaction(Protocol):
    """What a block can reach. The members are read-only."""

    @property
    def merchants(self) -> Repository[Merchant]: ...
    @property
    def api_keys(self) -> Repository[ApiKey]: ...
    @property
    def endpoints(self) -> Repository[Endpoint]: ...
    @property
    def health(self) -> Repository[EndpointHealth]: ...
    @property
    def replays(self) -> Repository[Replay]: ...
    @property
    def orders(self) -> Repository[Order]: ...
    @property
    def payments(self) -> Repository[Payment]: ...
    @property
    def operations(self) -> Repository[Operation]: ...
    @property
    def events(self) -> Repository[Event]: ...
    @property
    def deliveries(self) -> Repository[Delivery]: ...
    @property
    def attempts(self) -> Repository[Attempt]: ...
    @property
    def audit(self) -> Repository[AuditEntry]: ...
    @property
    def keys(self) -> IdempotencyKeys: ...
    @property
    def jobs(self) -> JobsInBlock: ...

    def guard(self, aggregate: object) -> None:
        """Let the block commit only if this aggregate, which it read and does not change, is still as read."""
        ...


Block = Callable[[Transaction], Awaitable[T]]


class UnitOfWork(Protocol):
    """Blocks that commit when left and undo on an error. Nothing slow belongs inside one.

    Raises, when the block is left:
        ConcurrentUpdate: an aggregate changed meanwhile; nothing was written.
        KeyTaken: another block bound the key; nothing was written.
        LeaseLost: a job was taken over; nothing was written.
        Unavailable: the database gave no answer in time. With reason `outcome_unknown` the block may
            have been written, otherwise it was not.
    """

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """One block, one try."""
        ...

    async def run(self, block: Block[T], *, patience_s: float = 1.2, known: Sequence[object] = ()) -> T:
        """The block, again after each ConcurrentUpdate until `patience_s` is over; those who conflict on
        the same aggregate take turns. The block must be safe to run twice: all it does is in `tx`.

        `known` are aggregates as an earlier block has read them. The first try takes them for what they are
        still, and commits only if that is so; the next one reads them."""
        ...


class Jobs(Protocol):
    """The jobs as workers and the relay see them, outside of any block. Times are the database's."""

    async def claim(self, tickets: Sequence[Ticket], *, lease_s: float) -> list[Job]:
        """Take over those that are due, not parked and whose lease number is unchanged: it goes up by one
        and holds for `lease_s`. A ticket that claims nothing was a duplicate."""
        ...

    async def relay(self, *, lease_s: float, limit: int, lanes: Sequence[str]) -> list[Ticket]:
        """Overdue jobs under no lease, oldest first, each now reserved for `lease_s` without raising its
        number. A claim that lapsed counts as one of the job's failures; the tenth parks it."""
        ...

    async def fail(self, job: Job, error: str, *, after_s: float) -> None:
        """Our own fault: count it and put the job off, or park it at the tenth. Drops silently when the
        lease is lost."""
        ...

    async def release(self, jobs: Sequence[Job], *, after_s: float = 0) -> None:
        """Hand claimed jobs back untried, due again after `after_s`."""
        ...

    async def replay(self, job_ids: Sequence[str]) -> int:
        """Set parked jobs going again; how many were."""
        ...
