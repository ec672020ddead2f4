"""What the processes of each role do: the real entrypoints, and an application without a socket."""

from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from config.lifespan import opened
from entrypoints import scheduler, worker
from entrypoints.api.app import create_app, state_of
from tests.simulation.loop import OWNER
from tests.simulation.wiring import wire

if TYPE_CHECKING:
    from tests.simulation.process import Process


async def serve(process: "Process") -> None:
    """As a web server does: open, answer until told to stop, end the streams, close."""
    gateway = wire(process, process.world.settings)
    process.app = app = copy(_application())
    app.state = state_of(gateway)
    async with opened(gateway):
        await process.stop.wait()
        app.state.hub.close()


async def work(process: "Process") -> None:
    await worker.work(wire(process, process.world.settings), process.stop)


async def schedule(process: "Process") -> None:
    await scheduler.schedule(wire(process, process.world.settings), process.stop)


MAINS = {"api": serve, "worker": work, "scheduler": schedule}


class _Here:
    """The gateway of whichever process asks: its middleware outlives the process for which it was made."""

    def __getattr__(self, name: str) -> Any:
        return lambda: getattr(OWNER.get().gateway, name)()  # type: ignore[union-attr]  # an API process


@cache
def _application() -> Any:
    """Made once, since its routes and its middleware are the same for all."""
    app = create_app(_Here())  # type: ignore[arg-type]  # it asks for what each process has
    app.middleware_stack = app.build_middleware_stack()
    return app
