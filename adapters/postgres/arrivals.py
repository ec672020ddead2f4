"""Waiting for what comes on a socket, without telling the event loop anew each time."""

import asyncio


class Arrivals:
    """One socket, watched from the first `next` to `end`. To watch it anew for each wait, as psycopg does, takes
    two calls of the kernel; and a timer of its own, where whoever waits here has one already."""

    def __init__(self, socket: int) -> None:
        self._socket = socket
        self._loop: asyncio.AbstractEventLoop | None = None  # while it is watched
        self._waiter: asyncio.Future[None] | None = None

    async def next(self) -> None:
        """Until something has come, or the other side has gone."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket, self._come)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def end(self) -> None:
        """Before somebody else watches the socket, or closes it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)  # nothing would wake it any more
        self._loop = self._waiter = None

    def _come(self) -> None:
        if self._waiter is None:  # nobody reads it now, so that it would come again and again
            self.end()
        elif not self._waiter.done():
            self._waiter.set_result(None)
