"""One block: its own copies of what it reads, and the list of what it wants written."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from adapters.unit_of_work.copying import copy_of
from adapters.unit_of_work.reader import Reader
from adapters.unit_of_work.reads import Reads
from adapters.unit_of_work.store import PARENT, Changes, NewJob, name_of
from core.domain.audit import AuditEntry
from core.domain.endpoint import Endpoint, EndpointHealth
from core.domain.errors import NotFound
from core.domain.event import Event
from core.domain.idempotency import KeyRecord, KeyUse, record_id
from core.domain.job import Job, JobKind
from core.domain.merchant import ApiKey, Merchant
from core.domain.operation import Operation
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.replay import Replay
from core.domain.webhook import Attempt, Delivery

T = TypeVar("T")


class Repo(Generic[T]):
    """See `ports.persistence.Repository`."""

    def __init__(self, block: "BlockTransaction", kind: type[T], noun: str = "") -> None:
        self._block = block
        self._kind = kind
        self._noun = noun or kind.__name__

    async def get(self, id: str) -> T:
        entity = await self.find(id)
        if entity is None:
            raise NotFound(self._noun)
        return entity

    async def find(self, id: str) -> T | None:
        known = self._block.known.get((self._kind, id))
        if known is not None:
            return cast(T, known[0])
        rows = await self._block.reads.read(self._kind, "id", id)
        return cast(T, self._block.keep(rows[0])) if rows else None

    async def of(self, parent_id: str) -> list[T]:
        rows = await self._block.reads.read(self._kind, PARENT[self._kind], parent_id)
        return [cast(T, self._block.keep(row)) for row in rows]

    def read_ahead(self, id: str = "", *, of: str = "") -> None:
        if of:
            self._block.reads.ahead(self._kind, PARENT[self._kind], of)
        elif (self._kind, id) not in self._block.known:
            self._block.reads.ahead(self._kind, "id", id)

    def add(self, entity: T) -> None:
        self._block.add(entity)


class Keys:
    """See `ports.persistence.IdempotencyKeys`."""

    def __init__(self, block: "BlockTransaction") -> None:
        self._block = block

    async def find(self, scope: str, key: str) -> KeyRecord | None:
        rows = await self._block.reads.read(KeyRecord, "id", record_id(scope, key))
        return cast(KeyRecord, rows[0]) if rows else None

    def read_ahead(self, scope: str, key: str) -> None:
        self._block.reads.ahead(KeyRecord, "id", record_id(scope, key))

    def bind(self, use: KeyUse, status: int, body: str, resource_id: str) -> None:
        id, now = record_id(use.scope, use.key), self._block.now()
        record = KeyRecord(id, use.scope, use.fingerprint, status, body, resource_id, now)
        self._block.changes.binds.append(record)


class BlockJobs:
    """See `ports.persistence.JobsInBlock`."""

    def __init__(self, block: "BlockTransaction") -> None:
        self._block = block

    def put(self, kind: JobKind, target_id: str, *, after_s: float = 0) -> None:
        puts = self._block.changes.puts
        assert not any(put.kind is kind and put.target_id == target_id for put in puts), (kind, target_id)
        puts.append(NewJob(self._block.new_job_id(), kind, target_id, max(0.0, after_s)))

    def done(self, job: Job) -> None:
        self._block.changes.done.append(job)

    def put_off(self, job: Job, *, after_s: float) -> None:
        self._block.changes.put_off.append((job, after_s))


class _Repos(Generic[T]):
    """Makes a repository each time it is asked for: a block that held its own would be garbage in a circle."""

    def __init__(self, kind: type[T], noun: str = "") -> None:
        self._kind = kind
        self._noun = noun

    def __get__(self, block: "BlockTransaction", owner: type) -> Repo[T]:
        return Repo(block, self._kind, self._noun)


class BlockTransaction:
    """See `ports.persistence.Transaction`."""

    merchants = _Repos(Merchant)
    api_keys = _Repos(ApiKey, "API key")
    endpoints = _Repos(Endpoint, "Webhook endpoint")
    health = _Repos(EndpointHealth, "Webhook endpoint")
    replays = _Repos(Replay)
    orders = _Repos(Order)
    payments = _Repos(Payment)
    operations = _Repos(Operation)
    events = _Repos(Event)
    deliveries = _Repos(Delivery, "Webhook")
    attempts = _Repos(Attempt)
    audit = _Repos(AuditEntry)
    keys = property(Keys)
    jobs = property(BlockJobs)

    def __init__(self, reader: Reader, now: Callable[[], datetime], new_job_id: Callable[[], str]) -> None:
        self.reads = Reads(reader)
        self.now = now
        self.new_job_id = new_job_id
        self.known: dict[tuple[type, str], tuple[Any, Any]] = {}
        self.changes = Changes()

    def guard(self, aggregate: object) -> None:
        self.changes.guards.append(aggregate)

    def keep(self, row: Any) -> Any:
        """The block's one object for this row, which others may have been given too: as read before, or a copy."""
        name = (type(row), row.id)
        if name not in self.known:
            self.known[name] = (copy_of(row), row)
        return self.known[name][0]

    def take(self, aggregate: Any) -> None:
        """As if it had been read now; that it has not changed since is for the commit to find."""
        self.guard(self.keep(aggregate))

    def add(self, entity: Any) -> None:
        entity.version = 1
        self.changes.inserts.append(entity)
        self.known[type(entity), entity.id] = (entity, entity)

    async def overtaken(self) -> str | None:
        """The name of something that others have changed since it was read here, if there is any.

        The reads of a block are not of one moment: what breaks on a mixture of old and new is no bug.
        Raises Unavailable when nobody can say.
        """
        read = [original for entity, original in self.known.values() if entity is not original]
        rows = [await self.reads.afresh(type(original), "id", original.id) for original in read]
        stale = (old for old, new in zip(read, rows, strict=True) if not new or new[0].version != old.version)
        return next(map(name_of, stale), None)

    def finish(self) -> Changes:
        """All that is to be written: what changed since it was read has its version raised."""
        for entity, original in self.known.values():
            if entity is not original and entity != original:
                assert entity.version == original.version
                entity.version += 1
                self.changes.updates.append(entity)
        if self.changes.guards:
            updated = {id(entity) for entity in self.changes.updates}
            self.changes.guards = [guard for guard in self.changes.guards if id(guard) not in updated]
        return self.changes
