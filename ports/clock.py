"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """The database's time as well as we know it: aware, UTC."""
        ...
