"""The file that a server writes its log to."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOG_BYTES = 10_000_000
TAIL_BYTES, TAIL_LINES = 8_000, 15


@dataclass(frozen=True)
class Log:
    """An open log, and where this start's part of it begins."""

    path: Path
    fd: int
    begins: int

    def tail(self) -> str:
        """The last lines since this start."""
        with self.path.open("rb") as lines:
            lines.seek(max(self.begins, self.path.stat().st_size - TAIL_BYTES))
            return "\n".join(lines.read().decode(errors="replace").splitlines()[-TAIL_LINES:])


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Log]:
    """Open the log to go on writing; one that has grown too long is begun anew."""
    fresh = not path.exists() or path.stat().st_size > LOG_BYTES
    with path.open("wb" if fresh else "ab") as file:
        yield Log(path, file.fileno(), os.fstat(file.fileno()).st_size)
