"""Several processes of one role, as children of this one."""

import asyncio
import signal
from contextlib import suppress

from entrypoints.cli.child import Child
from entrypoints.cli.console import err


async def run_several(role: str, count: int, grace_s: float) -> None:
    """Until SIGTERM or SIGINT; the second of them waits for nobody. Whichever dies is started again.

    Raises Trouble when that does not help.
    """
    stop = asyncio.Event()
    children = [Child(f"{role} {number}", [role], _pass_on) for number in range(1, count + 1)]

    def told() -> None:
        if stop.is_set():
            for child in children:
                child.kill()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    kept: list[asyncio.Task[None]] = []
    try:
        for child in children:
            await child.start()
            kept.append(asyncio.create_task(child.keep(stop)))
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([*kept, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    finally:
        stop.set()
        await asyncio.gather(*(child.stop(grace_s) for child in children))
        ended = await asyncio.gather(*kept, return_exceptions=True)
    for error in ended:
        if error is not None:
            raise error


def _pass_on(_: str, line: str) -> None:
    """A line of a child's log as it is: programs read it."""
    with suppress(OSError):
        print(line, file=err.file, flush=True)
