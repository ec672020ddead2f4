"""Waiting for something to become true: the one place where the harness sleeps."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

POLL_S = 0.05


class NotInTime(Exception):
    """What was waited for did not happen; its text says what was seen last."""


async def until(
    happened: Callable[[], Awaitable[bool]],
    within_s: float,
    what: str,
    seen: Callable[[], object] = lambda: "",
) -> float:
    """How many seconds it took. Raises NotInTime."""
    began = monotonic()
    while not await happened():
        if monotonic() - began > within_s:
            raise NotInTime(f"not within {within_s:g} s: {what} {seen()}".rstrip())
        await asyncio.sleep(POLL_S)
    return monotonic() - began


async def lasts(seconds: float) -> None:
    """A fault that lasts for so long, whatever happens meanwhile."""
    await asyncio.sleep(seconds)
