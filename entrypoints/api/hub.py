"""Waiting for payments to change: one gathered read per tick, however many wait."""

import asyncio
from collections.abc import Callable

from core.domain.errors import GatewayError, Unavailable
from core.domain.payment import Payment
from ports.persistence import UnitOfWork

TICK_S = 0.1
MAX_WAITING = 2_000


class PaymentHub:
    """Of each process; `close` ends every wait, so that a server that is told to stop can."""

    def __init__(self, uow: Callable[[], UnitOfWork]) -> None:
        self._uow = uow
        self._waiting: dict[str, dict[asyncio.Future[Payment], int]] = {}
        self._ticking: asyncio.Task[None] | None = None
        self.is_closed = False

    async def newer(self, payment_id: str, version: int, *, within_s: float) -> Payment | None:
        """The payment once its version is another; None when it stays so long, or the hub is closed.

        Raises Unavailable when too many wait already.
        """
        if self.is_closed:
            return None
        self.check_room()
        future: asyncio.Future[Payment] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(payment_id, {})
        waiting[future] = version
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
        try:
            async with asyncio.timeout(within_s):
                return await future
        except TimeoutError:
            return None
        except asyncio.CancelledError:
            if self.is_closed and future.cancelled():
                return None
            raise
        finally:
            waiting.pop(future, None)
            if not waiting and self._waiting.get(payment_id) is waiting:
                del self._waiting[payment_id]

    def check_room(self) -> None:
        """Raises Unavailable when too many wait already."""
        if sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise Unavailable("too_many_streams", "Too many requests wait for payments. Ask again later.")

    def close(self) -> None:
        self.is_closed = True
        for waiting in self._waiting.values():
            for future in waiting:
                future.cancel()

    async def _tick(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(TICK_S)
                for payment in await self._read(list(self._waiting)):
                    for future, version in self._waiting.get(payment.id, {}).items():
                        if payment.version != version and not future.done():
                            future.set_result(payment)
        finally:
            self._ticking = None

    async def _read(self, ids: list[str]) -> list[Payment]:
        try:
            async with self._uow().begin() as tx:
                found = await asyncio.gather(*(tx.payments.find(id) for id in ids))
        except GatewayError:
            return []  # the database is away for the moment; those who wait go on waiting
        return [payment for payment in found if payment is not None]
