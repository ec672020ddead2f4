"""What happens to whole servers and processes while a history is rough."""

import asyncio
from collections.abc import Callable
from functools import partial
from random import Random

from tests.simulation.process import Process
from tests.simulation.world import World

SPAN_S = 60.0


class Weather:
    """So many strokes at random moments; each is gone by itself or is taken back at the end."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._strokes: tuple[Callable[[], None], ...] = (
            self.redis_is_wiped, self.redis_is_away, self.database_is_away, self.commits_hang,
            self.processor_is_down, self.time_flies,
            *(partial(self._strike_somebody, stroke) for stroke in (
                self.somebody_is_killed, self.somebody_is_told_to_stop,
                self.somebody_stands_still, self.a_clock_jumps,
            )),
        )  # fmt: skip

    async def blow(self) -> None:
        moments = sorted(self._chance.uniform(0, SPAN_S) for _ in range(self._world.profile.weathers))
        now = 0.0
        for moment in moments:
            await asyncio.sleep(moment - now)
            now = moment
            self._chance.choice(self._strokes)()

    def redis_is_wiped(self) -> None:
        self._tell("Redis is wiped")
        self._world.redis.wipe()

    def redis_is_away(self) -> None:
        self._world.redis.leave(self._for("Redis is away", 20))

    def database_is_away(self) -> None:
        self._world.database.leave(self._for("the database is away", 12))

    def commits_hang(self) -> None:
        faults = self._world.faults
        faults.commits_hang = True
        self._world.loop.call_later(self._for("commits hang", 6), setattr, faults, "commits_hang", False)

    def processor_is_down(self) -> None:
        self._world.bank.leave(self._for("the processor is down", 60))

    def somebody_is_killed(self, process: Process) -> None:
        process.kill("killed")

    def somebody_is_told_to_stop(self, process: Process) -> None:
        self._tell(f"{process.name} is told to stop")
        process.stop.set()

    def somebody_stands_still(self, process: Process) -> None:
        process.pause(self._chance.choice((2.0, 35.0, 70.0)))

    def a_clock_jumps(self, process: Process) -> None:
        process.clock.skew_s = self._chance.uniform(-600, 600)
        self._tell(f"the clock of {process.name} is off by {process.clock.skew_s:.0f} s")

    def time_flies(self) -> None:
        """For the database and all clocks; whoever counts seconds himself notices nothing."""
        seconds = self._chance.choice((40.0, 400.0))
        self._world.clock.skip(seconds)
        self._tell(f"{seconds:.0f} s are gone")

    def _strike_somebody(self, stroke: Callable[[Process], None]) -> None:
        if self._world.processes:
            stroke(self._chance.choice(self._world.processes))

    def _for(self, what: str, longest_s: float) -> float:
        seconds = self._chance.uniform(0.5, longest_s)
        self._tell(f"{what} for {seconds:.1f} s")
        return seconds

    def _tell(self, what: str) -> None:
        self._world.tell("weather", what)
