"""Taking messages off a lane and handing their tickets to whoever runs the jobs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import structlog
from taskiq.receiver import Receiver

from adapters.redis.broker import LaneBroker
from adapters.redis.message import TASK
from core.domain.job import Ticket

Handler = Callable[[list[Ticket]], Awaitable[None]]

MAX_JOBS = 256

_log = structlog.get_logger(__name__)
# It has a line to say about every message, and a trace for one that the formatter has reported already.
logging.getLogger("taskiq.receiver.receiver").setLevel(logging.ERROR)


async def receive(
    broker: LaneBroker, handler: Handler, stop: asyncio.Event, *, grace_s: float, max_jobs: int = MAX_JOBS
) -> None:
    """Hand over the lane's tickets, message by message, until `stop` is set.

    Handlers run side by side. With `max_jobs` tickets in hand nothing more is taken; the message that is
    then underway may go beyond it. After `stop` they have `grace_s` to finish, and are cancelled then.
    What cannot be parsed is dropped, and so is a message whose handler raises.
    """
    hands = _Hands(broker, handler, max_jobs)

    async def run_jobs(pairs: list[tuple[str, int]]) -> None:  # taskiq renames it, which a method cannot be
        await hands.run(pairs)

    broker.register_task(run_jobs, task_name=TASK)
    receiver = Receiver(
        broker,
        run_startup=False,
        validate_params=False,  # the formatter has
        max_async_tasks=max_jobs,
        wait_tasks_timeout=grace_s,
    )
    try:
        await receiver.listen(stop)
    finally:
        await hands.drop()


class _Hands:
    """The tickets that this process holds of one lane."""

    def __init__(self, broker: LaneBroker, handler: Handler, max_jobs: int) -> None:
        self._broker = broker
        self._handler = handler
        self._free = max_jobs
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, pairs: list[tuple[str, int]]) -> None:
        tickets = [Ticket(job_id, lease, self._broker.lane) for job_id, lease in pairs]
        handling = asyncio.ensure_future(self._handle(tickets))
        self._running.add(handling)
        self._take(len(tickets))
        try:
            await handling
        finally:
            self._running.discard(handling)
            self._take(-len(tickets))

    async def drop(self) -> None:
        """Let go of what has not finished: its leases run out, and others take over."""
        running = list(self._running)
        for handling in running:
            handling.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _handle(self, tickets: list[Ticket]) -> None:
        try:
            await self._handler(tickets)
        except Exception:
            _log.exception("handler_failed", lane=self._broker.lane, tickets=len(tickets))

    def _take(self, tickets: int) -> None:
        self._free -= tickets
        if self._free > 0:
            self._broker.may_take.set()
        else:
            self._broker.may_take.clear()
