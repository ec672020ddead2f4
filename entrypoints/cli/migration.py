"""Migrations, as the command line runs them."""

import asyncio

from config.container import Gateway
from config.lifespan import NOT_MIGRATED
from config.settings import Settings
from core.domain.errors import Unavailable


async def migrate_database(settings: Settings) -> bool:
    """Whether there was anything to do, besides making room for what is made in the next days. Raises Unavailable when
    the database is away."""
    gateway = Gateway(settings=settings)
    try:
        await gateway.queries().ping()
        await gateway.retention().make_room(gateway.clock()())
    except Unavailable as error:
        if error.reason != NOT_MIGRATED:
            raise
        await asyncio.to_thread(gateway.migrate())
        return True
    finally:
        await gateway.database().close()
    return False
