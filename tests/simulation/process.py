"""One process of the gateway: its own wiring, its own clock, and a death of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NoReturn

from adapters.memory.chance import SeededChance
from core.domain.job import Ticket
from tests.simulation.clocks import ProcessClock
from tests.simulation.loop import OWNER, Owner

if TYPE_CHECKING:
    from tests.simulation.world import World

Main = Callable[["Process"], Awaitable[None]]


class Process(Owner):
    """A dead one never runs again: its calls do not return and its clean-up does not happen."""

    def __init__(self, world: "World", role: str, name: str, main: Main) -> None:
        super().__init__()
        self.world = world
        self.role = role
        self.name = name
        self.is_alive = True
        self.in_flight = 0
        self.pops: list[asyncio.Task[list[Ticket]]] = []
        self.clock = ProcessClock(world.clock, world.new_skew())
        self.chance = SeededChance(world.chance.getrandbits(64))
        self.context = copy_context()
        self.context.run(OWNER.set, self)
        self.death: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stop = asyncio.Event()
        self.gateway: Any = None
        self.app: Any = None
        self.main = self.spawn(self._run(main))

    def spawn(self, coro: Any) -> asyncio.Task[Any]:
        """A task that lives and dies with this process."""
        return asyncio.get_running_loop().create_task(coro, context=self.context.copy())

    async def crash(self, why: str) -> NoReturn:
        """Called from within: never returns."""
        self.kill(why)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("a dead process went on")

    def kill(self, why: str) -> None:
        if not self.is_alive:
            return
        self.world.history.tell(self.name, f"dies: {why}")
        self._end()
        self.runs = False

    def pause(self, seconds: float) -> None:
        """It is not scheduled for so long, and notices nothing."""
        self.world.history.tell(self.name, f"stands still for {seconds:.0f} s")
        self.runs = False
        self.world.loop.call_later(seconds, self._resume, context=self.world.context)

    def _resume(self) -> None:
        if self.is_alive and not self.runs:
            self.world.loop.resume(self)

    async def _run(self, main: Main) -> None:
        try:
            await main(self)
        except Exception as error:
            if not self.world.is_over:
                self.world.accuse(f"{self.name} ends by {error!r}")
        if self.is_alive:
            self.world.history.tell(self.name, "has ended")
            self._end()

    def _end(self) -> None:
        self.is_alive = False
        for pop in self.pops:
            pop.cancel()
        if not self.death.done():
            self.death.set_result(None)
        self.world.bury(self)
