"""A gateway from open to closed: what its process holds while it runs."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from config.container import Gateway
from core.domain.errors import Unavailable

CALIBRATE_S = 60.0
FIRST_TRY_S, LAST_TRY_S = 0.25, 5.0  # while the database is away
DRAIN_S = 5.0
NOT_MIGRATED = "database_not_migrated"

log = logging.getLogger(__name__)


@asynccontextmanager
async def opened(gateway: Gateway, *, wait: bool = True) -> AsyncIterator[Gateway]:
    """Open once per process. With `wait`, a database that is away is waited for in the background.

    A process that serves starts all the same: it says that it is unhealthy, and recovers by itself, since
    operators restart databases. Redis may be away at any time. Raises SettingsIncomplete, and Unavailable
    when tables are missing (reason `database_not_migrated`) or, without `wait`, when the database is away.
    """
    gateway.cipher()  # the secrets must be complete now, not at the first payment
    try:
        await _meet(gateway, wait)
        upkeep = asyncio.create_task(_keep_time(gateway), name="keep-time")
        try:
            yield gateway
        finally:
            upkeep.cancel()
            await asyncio.gather(upkeep, return_exceptions=True)
    finally:
        await _close(gateway)


async def _meet(gateway: Gateway, wait: bool) -> None:
    try:
        await gateway.queries().ping()
        await _calibrate(gateway)
    except Unavailable as error:
        if error.reason == NOT_MIGRATED or not wait:
            raise


async def _keep_time(gateway: Gateway) -> None:
    """The clock follows the database's for as long as the process runs."""
    failures = 0
    while True:
        try:
            await _calibrate(gateway)
        except Exception as error:
            if failures == 0:  # one line for one absence, however long it lasts
                log.warning("database_away", extra={"why": repr(error)})
            failures += 1
        else:
            if failures:
                log.info("database_found_again", extra={"failures": failures})
            failures = 0
        await asyncio.sleep(_next_try_s(failures))


def _next_try_s(failures: int) -> float:
    return min(LAST_TRY_S, FIRST_TRY_S * 2 ** min(failures, 10)) if failures else CALIBRATE_S


async def _calibrate(gateway: Gateway) -> None:
    """Raises Unavailable. A clock that stands still until it is moved, as that of `in_memory`, is left alone."""
    database_time = gateway.database_time()
    if database_time is not None:
        asked_at = time.time()
        gateway.clock().calibrate(asked_at, await database_time())


async def _close(gateway: Gateway) -> None:
    with suppress(TimeoutError):  # what is not announced by now is left to the relay
        await asyncio.wait_for(gateway.announcer().drain(), DRAIN_S)
    for close in gateway.closers():
        try:
            await close()
        except Exception:
            log.exception("close_failed")
