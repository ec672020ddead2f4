"""What every long-running process has: an id, a heart, loops that never die, a clean end."""

import asyncio
import gc
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvloop

from core.domain.errors import Unavailable
from ports.coordination import Coordination

# Objects that come before the collector looks for circles among them; Python's own 700 is two requests' worth.
YOUNG_OBJECTS = 10_000
BEAT_S = 2.0
ALIVE_S = 6.0
FIRST_BACK_OFF_S, LAST_BACK_OFF_S = 0.1, 2.0

log = logging.getLogger(__name__)


def new_process_id() -> str:
    """Unlike any other process's, now and later: a container gives every process the same pid."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def run_until_told(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `main` on uvloop to its end; SIGTERM and SIGINT set the event that asks it to finish."""

    async def with_signals() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await main(stop)

    uvloop.run(with_signals())


def calm_collector() -> None:
    """Called once all is loaded: the collector never looks at that again.

    It would walk through all modules some times a second, for 80 ms each, while every request waits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


async def heartbeat(coordination: Coordination, role: str, process_id: str, stop: asyncio.Event) -> None:
    """Tell the others that this process takes work, until it no longer does."""

    async def beat() -> bool:
        await coordination.beat(role, process_id, ttl_s=ALIVE_S)
        return False

    try:
        await repeat("heartbeat", beat, BEAT_S, stop)
    finally:
        with suppress(Unavailable):
            await coordination.leave(role, process_id)


async def repeat(
    name: str, action: Callable[[], Awaitable[bool | None]], every_s: float, stop: asyncio.Event
) -> None:
    """Do it again and again until `stop`.

    It answers True when there is more to do at once, None when it was not its turn. Nothing that it raises
    ends the loop; each failure makes the next pause longer.
    """
    failures = 0
    while not stop.is_set():
        more: bool | None = None
        try:
            more = await action()
        except Exception as error:
            failures += 1
            _report(name, error, failures)
        if more is not None:
            if failures:
                log.info("loop_recovered", extra={"loop": name, "failures": failures})
            failures = 0
        if not more:
            await pause(stop, max(every_s, back_off_s(failures)))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not beyond `stop`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def back_off_s(failures: int) -> float:
    """How long to wait after so many failures in a row; no time after none."""
    return min(LAST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** min(failures, 10)) if failures else 0.0


def end_with_parent(grace_s: float) -> None:
    """End this process when its standard input ends: it is a pipe whose other end its parent holds.

    Works for a parent that was killed, on every system; a grace later nothing of this process is left.
    """

    def watch() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def _report(name: str, error: Exception, failures: int) -> None:
    if not isinstance(error, Unavailable):
        log.error("loop_failed", extra={"loop": name}, exc_info=error)
    elif failures == 1:  # one line for one absence, however long it lasts
        log.warning("loop_waits", extra={"loop": name, "why": str(error)})
