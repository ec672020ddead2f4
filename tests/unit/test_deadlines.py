"""Many waits of one length, under one timer."""

import asyncio
from functools import partial

from adapters.unit_of_work.deadlines import Deadlines
from tests.simulation.loop import VirtualLoop


def test_each_is_told_when_its_time_has_come_unless_it_was_called_off() -> None:
    told: list[tuple[str, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadlines = Deadlines(2.0)

        def note(name: str) -> None:
            told.append((name, round(loop.time() - began, 3)))

        for name in ("first", "over", "second"):
            deadline = deadlines.begin(partial(note, name))
            if name == "over":
                deadline.call_off()
            await asyncio.sleep(0.5)
        changed = deadlines.begin(lambda: note("old"))
        changed.late = lambda: note("new")
        await asyncio.sleep(10)
        deadlines.begin(lambda: note("later"))
        await asyncio.sleep(3)

    VirtualLoop().run(main())
    assert told == [("first", 2.0), ("second", 3.0), ("new", 3.5), ("later", 13.5)]


def test_what_waited_on_another_loop_holds_nobody_up() -> None:
    deadlines = Deadlines(1.0)
    told: list[str] = []

    async def begin(name: str) -> None:
        deadlines.begin(lambda: told.append(name))
        await asyncio.sleep(0.5 if name == "lost" else 2.0)

    for name in ("lost", "kept"):
        VirtualLoop().run(begin(name))
    assert told == ["kept"]
