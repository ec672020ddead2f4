"""How long each phase of an exchange took."""

import asyncio


class Stopwatch:
    """`laps` are whole milliseconds by phase, of the phases that came to an end."""

    def __init__(self) -> None:
        self._now_s = asyncio.get_running_loop().time
        self._began_s = self._since_s = self._now_s()
        self.laps: dict[str, int] = {}

    @property
    def total_ms(self) -> int:
        return round((self._now_s() - self._began_s) * 1000)

    def lap(self, phase: str) -> None:
        """This phase has ended."""
        now_s = self._now_s()
        self.laps[phase] = round((now_s - self._since_s) * 1000)
        self._since_s = now_s
