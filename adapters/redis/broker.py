"""taskiq's list broker, one per lane, with a listener that outlives whatever happens to Redis.

Messages are disposable, so a list that forgets what it hands out is all we need. What taskiq-redis makes of it
dies after five idle seconds (redis-py's default timeout) and with every lost connection.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.backoff import EqualJitterBackoff
from taskiq_redis import ListQueueBroker

from adapters.redis.client import ACCIDENTS, PROTOCOL
from adapters.redis.message import TicketFormatter, queue_key
from core.domain.job import Lane

BLOCK_S = 2.0
ANSWER_S = 2.0  # how much later than asked for an answer may come; the server's own timers are coarse
# How long a cancelled pop may still be answered. It also keeps the cancel away from redis-py while that is
# sending: on Python 3.11 its asyncio.wait_for would swallow it.
LINGER_S = 0.05
BACK_OFF = EqualJitterBackoff(cap=2.0, base=0.05)
BACK_OFF_STEPS = 10  # its power of two would overflow a float after some twenty minutes
CONNECTIONS = 2  # one blocks, one may send

_log = structlog.get_logger(__name__)


class LaneBroker(ListQueueBroker):
    """The messages of one lane, oldest first, each to one worker. `shutdown` closes its connections."""

    def __init__(self, url: str, lane: Lane, *, block_s: float = BLOCK_S, answer_s: float = ANSWER_S) -> None:
        super().__init__(
            url,
            queue_name=queue_key(lane),
            max_connection_pool_size=CONNECTIONS,
            timeout=answer_s,
            # A pop that finds nothing is answered after `block_s`: only silence runs into this timeout.
            socket_timeout=block_s + answer_s,
            socket_connect_timeout=answer_s,
            protocol=PROTOCOL,
        )
        self.lane = lane
        self.formatter = TicketFormatter()
        self.may_take = asyncio.Event()  # cleared while the worker holds as much as it can
        self.may_take.set()
        self._redis = Redis(connection_pool=self.connection_pool)
        self._block_s = block_s

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Never ends and never raises on account of Redis."""
        failures = 0
        while True:
            await self.may_take.wait()
            try:
                message = await self._pop()
            except ACCIDENTS as error:
                if failures == 0:
                    _log.warning("queue_lost", lane=self.lane, error=f"{type(error).__name__}: {error}")
                failures += 1
                await self._hang_up()
                await asyncio.sleep(BACK_OFF.compute(min(failures, BACK_OFF_STEPS)))
                continue
            if failures:
                _log.info("queue_found_again", lane=self.lane, failures=failures)
                failures = 0
            if message is not None:
                yield message

    async def _pop(self) -> bytes | None:
        """The oldest message; None when there was none for a while.

        Whoever cancels this gets a message that is on its way already: the server has forgotten it.
        """
        pop = asyncio.ensure_future(self._redis.brpop([self.queue_name], timeout=self._block_s))
        try:
            return _payload(await asyncio.shield(pop))
        except asyncio.CancelledError:
            with suppress(asyncio.CancelledError, *ACCIDENTS):
                late = _payload(await asyncio.wait_for(pop, LINGER_S))
                if late is not None:
                    return late
            raise

    async def _hang_up(self) -> None:
        """The next try opens a new connection: after a failover the name may lead to another server."""
        with suppress(*ACCIDENTS):
            await self.connection_pool.disconnect()


def _payload(popped: tuple[bytes | str, bytes | str] | list[bytes | str] | None) -> bytes | None:
    if popped is None:
        return None
    _, message = popped
    assert isinstance(message, bytes)
    return message
