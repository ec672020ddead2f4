"""The one way in which we speak to Redis: bounded in connections and time, and every accident is Unavailable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError

from core.domain.errors import Unavailable

TIMEOUT_S = 1.0
MAX_CONNECTIONS = 16
ACCIDENTS = (RedisError, OSError)  # a timeout of asyncio is an OSError

# RESP2: under RESP3 redis-py asks every server for maintenance notices, and while those are on, its pool no
# longer throws away a connection that still holds another's answer.
PROTOCOL = 2


def connect(url: str, *, timeout_s: float = TIMEOUT_S, max_connections: int = MAX_CONNECTIONS) -> Redis:
    """A client for short commands, to be closed with `aclose`. Nothing is sent before the first command."""
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        # Once more at once when a kept connection turns out to be closed, as after a restart of the server.
        # Not after a timeout: whoever hung for a second will do so again.
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        protocol=PROTOCOL,
    )
    return Redis.from_pool(pool)


@asynccontextmanager
async def answering(reason: str, description: str, *, within_s: float = 2 * TIMEOUT_S) -> AsyncIterator[None]:
    """Whatever Redis does to this block, it ends in time, if need be with Unavailable."""
    try:
        async with asyncio.timeout(within_s):
            yield
    except ACCIDENTS as error:
        raise Unavailable(reason, description) from error


def text(reply: Any) -> str:
    """Redis speaks bytes. What is not ours may hold any."""
    return reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
