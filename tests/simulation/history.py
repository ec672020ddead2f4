"""What happened, in words: one seed writes one history, byte for byte the same on any machine."""

import hashlib
from collections.abc import Callable


class History:
    """Lines of `seconds  who  what`. They are kept only for a trace; the digest is of all of them."""

    def __init__(self, now: Callable[[], float], *, is_kept: bool) -> None:
        self._now = now
        self._is_kept = is_kept
        self._digest = hashlib.sha256()
        self.lines: list[str] = []
        self.length = 0

    def tell(self, who: str, what: str) -> None:
        line = f"{self._now():12.3f}  {who:<12} {what}"
        self._digest.update(line.encode())
        self.length += 1
        if self._is_kept:
            self.lines.append(line)

    def digest(self) -> str:
        return self._digest.hexdigest()
