"""A turnstile that tells whom it leaves alone."""

from collections.abc import Callable
from dataclasses import dataclass

from core.use_cases.turnstile import Turnstile


@dataclass
class WatchedTurnstile(Turnstile):
    """Of the worker of that name."""

    name: str = ""
    tell: Callable[[str, str], None] = lambda who, what: None

    def wait_s(self, endpoint_id: str, tries: int) -> float | None:
        wait_s = super().wait_s(endpoint_id, tries)
        if wait_s is not None and self.open_circuits:
            self.tell(self.name, f"leaves {endpoint_id} alone for {wait_s:.1f} s")
        return wait_s
