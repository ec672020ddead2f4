"""A worker's way to its processor, with something planted in it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from core.domain.ids import OPERATION, new_id

MOVES = ("authorize", "resume", "capture", "void", "refund")


class _Wrapped:
    """A processor whose moves go through `_move`."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._processor, name)
        if name not in MOVES:
            return method

        async def moved(*args: Any, **named: Any) -> Any:
            return await self._move(method, *args, **named)

        return moved

    async def _move(self, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        raise NotImplementedError


class DeadlyProcessor(_Wrapped):
    """A processor whose answer arrives at a process that dies of it."""

    def __init__(self, processor: Any, death: Callable[[], None]) -> None:
        super().__init__(processor)
        self._death = death

    async def _move(self, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        outcome = await method(*args, **named)
        self._death()
        return outcome


class ForgetfulProcessor(_Wrapped):
    """The bug that would charge twice: what is asked again is asked under a new key."""

    def __init__(self, processor: Any) -> None:
        super().__init__(processor)
        self._used: set[str] = set()

    async def _move(self, method: Callable[..., Any], *args: Any, key: str, **named: Any) -> Any:
        if key in self._used:
            key = new_id(OPERATION, datetime.now(UTC), lambda count: os.urandom(count).hex()[:count])
        self._used.add(key)
        return await method(*args, key=key, **named)
