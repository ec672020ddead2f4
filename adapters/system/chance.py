"""The operating system's randomness."""

import os
import random

from core.domain.ids import ALPHABET

_SIZE = len(ALPHABET)
_FAIR = 256 - 256 % _SIZE  # bytes from here on would favour the first characters
_UNFAIR = bytes(range(_FAIR, 256))
_CHARS = (ALPHABET * 5).encode()[:256]
_AT_ONCE = 4096


class _Store:
    """Random bytes fetched ahead: asking the kernel costs as much for a thousand as for ten.

    Each byte is given out once, and none to two processes.
    """

    def __init__(self) -> None:
        self._bytes = b""
        self._next = 0
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        self._bytes, self._next = b"", 0

    def take(self, n: int) -> bytes:
        end = self._next + n
        if end > len(self._bytes):
            self._bytes, self._next, end = self._fetch(max(n, _AT_ONCE)), 0, n
        taken = self._bytes[self._next : end]
        self._next = end
        return taken

    def _fetch(self, n: int) -> bytes:
        return os.urandom(n)


class _Fair(_Store):
    """Of which each character of the alphabet is as likely."""

    def _fetch(self, n: int) -> bytes:
        fair = b""
        while len(fair) < n:
            fair += os.urandom(n).translate(_CHARS, _UNFAIR)
        return fair


class SystemChance:
    """See `ports.chance.Chance`."""

    def __init__(self) -> None:
        self._store, self._fair = _Store(), _Fair()

    def __call__(self, n: int) -> str:
        return self._fair.take(n).decode()

    def bytes(self, n: int) -> bytes:
        return self._store.take(n)

    def uniform(self, low: float, high: float) -> float:
        return random.uniform(low, high)
