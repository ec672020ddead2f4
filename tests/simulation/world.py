"""One history's world: a database, a Redis, a processor, receivers, and the processes between them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context, copy_context
from random import Random
from typing import Any

from adapters.unit_of_work.store import GroupFailed, Rejected
from config.container import Gateway
from core.domain.errors import GatewayError
from tests.simulation.acquirer import Acquirer
from tests.simulation.clocks import WorldClock
from tests.simulation.database import Database
from tests.simulation.faults import Faults
from tests.simulation.history import History
from tests.simulation.loop import VirtualLoop
from tests.simulation.moods import Moods
from tests.simulation.port import Server
from tests.simulation.process import Process
from tests.simulation.profile import Profile
from tests.simulation.redis import Redis
from tests.simulation.roles import MAINS
from tests.simulation.shops import Shops
from tests.simulation.simulator import SimulatorBank
from tests.simulation.watch import Watch
from tests.simulation.wiring import settings_of

RESTART_S = (0.2, 15.0)


class World:
    """All chance in it comes from one seed. What must not happen and did is in `accusations`."""

    def __init__(
        self, loop: VirtualLoop, profile: Profile, seed: int, history: History, clock: WorldClock
    ) -> None:
        self.loop = loop
        self.profile = profile
        self.history = history
        self.clock = clock
        self.chance = Random(f"world {seed}")
        self.is_over = False
        self.is_calm = False
        self.effects_to_come = 0
        self.requests = 0
        self.accusations: list[str] = []
        self.context: Context = copy_context()
        self.settings = settings_of(profile)
        self.faults = Faults(Random(f"faults {seed}"))
        self.watch = Watch(clock, self.settings.retry_delays_s, self.tell, self.accuse)
        self.database = Database(loop.time, clock, self.watch)
        self.redis = Redis(loop.time, clock)
        self.bank = Server("processor", loop.time)
        self.processor: Any = self._processor(seed)
        self.shops = Shops(
            loop.time, profile.receivers_moody, Random(f"shops {seed}"), history.tell, self.accuse
        )
        self.processes: list[Process] = []
        self.gateways: list[Gateway] = []
        self._number = 0

    def begin(self) -> None:
        for role, count in (("api", 2), ("worker", self.profile.workers), ("scheduler", 2)):
            for _ in range(count):
                self.start(role)

    def start(self, role: str) -> None:
        self._number += 1
        self.processes.append(Process(self, role, f"{role} {self._number}", MAINS[role]))

    def bury(self, process: Process) -> None:
        """One is gone; another takes its place in a while, as under any supervisor."""
        self.processes.remove(process)
        if not self.is_over:
            delay_s = 0.1 if self.is_calm else self.chance.uniform(*RESTART_S)
            self.loop.call_later(delay_s, self.start, process.role, context=self.context)

    def living(self, role: str) -> list[Process]:
        return [process for process in self.processes if process.role == role]

    def new_skew(self) -> float:
        return self.chance.uniform(-self.profile.skew_s, self.profile.skew_s)

    def later(self, what: str, act: Callable[[], Awaitable[Any]]) -> None:
        """It happens in a while, whatever becomes of those who wanted it."""
        self.effects_to_come += 1

        async def happen() -> None:
            await asyncio.sleep(self.faults.late_s())
            self.tell("network", what)
            try:
                with suppress(GatewayError, Rejected, GroupFailed):
                    await act()
            finally:
                self.effects_to_come -= 1

        self.loop.create_task(happen(), context=self.context.copy())

    def tell(self, who: str, what: str) -> None:
        self.history.tell(who, what)

    def accuse(self, what: str) -> None:
        self.tell("!", what)
        self.accusations.append(what)

    def _processor(self, seed: int) -> Any:
        if self.profile.is_simulator:
            return SimulatorBank(self.clock)
        moods = Moods(self.profile, Random(f"moods {seed}"))
        return Acquirer(self.clock, moods, self.profile.key_ttl_s, self.tell)
