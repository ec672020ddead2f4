"""Idle connections, kept for the next POST to the same place."""

import asyncio
from collections import defaultdict

from adapters.http.connection import Connection, Origin
from adapters.http.public_only import PublicOnly
from adapters.http.stopwatch import Stopwatch

KEEP_ALIVE_S = 4.0  # below the 5 s after which Node and uvicorn hang up, perhaps just as we POST


class Connections:
    """At most `limit` of them, the longest idle making room. Only to addresses that the network has checked."""

    def __init__(self, network: PublicOnly, limit: int) -> None:
        self._network = network
        self._limit = limit
        self._idle: dict[Connection, float] = {}  # and the loop's time until which each may be used
        self._to: dict[Origin, list[Connection]] = defaultdict(list)  # the same ones

    def take(self, origin: Origin) -> Connection | None:
        """The idle connection used last, if there is a live one."""
        while origin in self._to:
            idle, until_s = self._drop(self._to[origin][-1])
            if idle.is_free and asyncio.get_running_loop().time() < until_s:
                return idle
            idle.close()
        return None

    async def open(self, origin: Origin, watch: Stopwatch) -> Connection:
        """A new one. Raises OSError or NotAllowed."""
        way = await self._network.way_to(origin.host, origin.port)
        watch.lap("dns")
        connection = Connection(origin)
        await connection.open(way, watch)
        return connection

    def give_back(self, connection: Connection) -> None:
        if not connection.is_free:  # the exchange did not end cleanly
            return connection.close()
        self._idle[connection] = asyncio.get_running_loop().time() + KEEP_ALIVE_S
        self._to[connection.origin].append(connection)
        if len(self._idle) > self._limit:
            self._drop(next(iter(self._idle)))[0].close()
        return None

    def close(self) -> None:
        while self._idle:
            self._drop(next(iter(self._idle)))[0].close()

    def _drop(self, idle: Connection) -> tuple[Connection, float]:
        alike = self._to[idle.origin]
        alike.remove(idle) if alike[-1] is not idle else alike.pop()
        if not alike:
            del self._to[idle.origin]
        return idle, self._idle.pop(idle)
