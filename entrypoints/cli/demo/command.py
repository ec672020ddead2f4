"""`gateway demo`: the whole job once, by itself, and an exit code that says whether it worked."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from entrypoints.cli.console import done, say
from entrypoints.cli.troubles import Trouble

# Imports what it runs only then, so that `gateway --help` need not wait for all of it.

DELAY_MS = "200"
TAIL_LINES = 30


def demo() -> None:
    """Take payments by UPI and card, capture, refund, receive the webhooks, check it all, and end.

    Starts what it needs on free ports, in a folder of its own that is gone afterwards.
    """
    from entrypoints.logs import set_up_logging

    set_up_logging("demo", "ERROR")
    with _folder() as folder, (folder / "demo.log").open("w+") as log:
        try:
            asyncio.run(_run(folder, log))
        except Exception:
            log.seek(0)
            say("The processes said last:\n" + "".join(log.readlines()[-TAIL_LINES:]))
            raise


async def _run(folder: Path, log: TextIO) -> None:
    import os

    from entrypoints.cli.demo.receiver import receiving
    from entrypoints.cli.demo.shop import Unexpected, a_shop
    from entrypoints.cli.demo.story import tell_story
    from entrypoints.cli.demo.timeline import show_timeline
    from entrypoints.cli.dev.stack import Stack, run_stack
    from entrypoints.cli.listening import free_port

    os.environ.setdefault("GATEWAY_SIMULATOR_DELAY_MS", DELAY_MS)

    def note(name: str, line: str) -> None:
        log.write(f"{name}: {line}\n")

    stack, stop = Stack(folder, free_port(), note), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ended = False

    async def act() -> None:
        nonlocal ended
        async with a_shop(stack.url) as shop, receiving() as (address, receiver):
            try:
                payment = await tell_story(shop, receiver, address, done)
            except Unexpected as unexpected:
                what, _, came = str(unexpected).partition("\n")
                raise Trouble(what, came) from None
            await show_timeline(shop, payment)
        ended = True

    await run_stack(stack, act, lambda step: say(f"{step} …"), stop)
    if not ended:
        raise Trouble("The demo was stopped before its end.")


@contextmanager
def _folder() -> Iterator[Path]:
    # Readable by others: started by root, the servers run as another user.
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
