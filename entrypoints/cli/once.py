"""One short task with an open gateway, for the commands that do one thing and end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from entrypoints.cli.troubles import read_settings

if TYPE_CHECKING:  # the container takes a second to import, and `gateway --help` need not wait for it
    from config.container import Gateway

T = TypeVar("T")


def once(task: "Callable[[Gateway], Awaitable[T]]") -> T:
    """Raises Unavailable at once when the database is away or not migrated."""

    from config.container import Gateway
    from config.lifespan import opened
    from entrypoints.logs import set_up_logging

    async def run() -> T:
        gateway = Gateway(settings=read_settings())
        async with opened(gateway, wait=False):
            return await task(gateway)

    set_up_logging("cli", "ERROR")
    return asyncio.run(run())
