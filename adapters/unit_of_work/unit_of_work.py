"""The optimistic unit of work: blocks read freely, and their versions decide whether they may write."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from adapters.unit_of_work.block import BlockTransaction
from adapters.unit_of_work.deadlines import Deadlines
from adapters.unit_of_work.reader import Reader
from adapters.unit_of_work.store import Changes, Store
from adapters.unit_of_work.turns import Turns
from adapters.unit_of_work.writer import Writer
from core.domain.errors import ConcurrentUpdate, GatewayError
from core.domain.ids import JOB, new_id
from core.domain.job import Ticket
from ports.chance import Chance
from ports.clock import Clock
from ports.persistence import Block, Transaction

T = TypeVar("T")

BLOCK_DEADLINE_S = 1.8
JITTER_S = 0.02


class Announcer(Protocol):
    """Told of each job that a commit made due, now (0 s) or later. Must not block and must not raise."""

    def __call__(self, tickets: list[tuple[Ticket, float]]) -> None: ...


class _Block:
    """A block from its first line to its commit. A class, since a generator would take three times as long."""

    __slots__ = ("_block", "_deadline", "_deadlines", "_writer")

    def __init__(self, block: BlockTransaction, writer: Writer, deadlines: Deadlines) -> None:
        self._block = block
        self._writer = writer
        self._deadlines = deadlines

    async def __aenter__(self) -> BlockTransaction:
        self._deadline = self._deadlines.begin(self._block.reads.be_late)
        return self._block

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._deadline.call_off()
        self._block.reads.end()
        if error is not None:
            return await self._explain(error)
        try:
            changes = self._block.finish()
            if changes:
                await self._writer.write(changes, self._deadline)
        except Exception as failure:
            await self._explain(failure)
            raise

    async def _explain(self, error: BaseException) -> None:
        """Raises ConcurrentUpdate instead, when an accident comes of that."""
        if isinstance(error, GatewayError) or not isinstance(error, Exception):
            return
        overtaken = await self._block.overtaken()
        if overtaken is not None:
            raise ConcurrentUpdate(overtaken) from error


class OptimisticUnitOfWork:
    """See `ports.persistence.UnitOfWork`; the store is what differs between PostgreSQL and memory."""

    def __init__(
        self, store: Store, announce: Announcer, clock: Clock, chance: Chance,
        *, block_deadline_s: float = BLOCK_DEADLINE_S,
    ) -> None:  # fmt: skip
        self._announce = announce
        self._clock = clock
        self._chance = chance
        self._deadlines = Deadlines(block_deadline_s)
        self._reader = Reader(store)
        self._writer = Writer(store, self._committed)
        self._turns = Turns()

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        return self._begin()

    def _begin(self, known: Sequence[object] = ()) -> "_Block":
        block = BlockTransaction(self._reader, self._clock, self._new_job_id)
        for aggregate in known:
            block.take(aggregate)
        return _Block(block, self._writer, self._deadlines)

    async def run(self, block: Block[T], *, patience_s: float = 1.2, known: Sequence[object] = ()) -> T:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + patience_s
        turn: str | None = None
        try:
            while True:
                try:
                    async with self._begin(known) as tx:
                        return await block(tx)
                except ConcurrentUpdate as conflict:
                    known = ()
                    if loop.time() >= give_up_at:
                        raise
                    if turn is not None:  # it was another process, or what is new has another name each time
                        await asyncio.sleep(self._chance.uniform(0, JITTER_S))
                        if turn == conflict.aggregate:
                            continue
                        self._turns.give(turn)
                        turn = None
                    if not await self._turns.take(conflict.aggregate, give_up_at):
                        raise
                    turn = conflict.aggregate
        finally:
            if turn is not None:
                self._turns.give(turn)

    def _committed(self, changes: Changes) -> None:
        """Tell the workers of what is due; the rows are written, so losing this costs time only."""
        tickets = [(put.ticket, put.after_s) for put in changes.puts]
        tickets += [(job.ticket, after_s) for job, after_s in changes.put_off]
        if tickets:
            self._announce(tickets)

    def _new_job_id(self) -> str:
        return new_id(JOB, self._clock(), self._chance)
