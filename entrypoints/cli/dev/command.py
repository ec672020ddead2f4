"""`gateway dev`: everything on this machine, until Ctrl-C."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from entrypoints.cli.console import out

# Each command imports what it runs, so that `gateway --help` need not wait for all of it.

DATA_DIR = Path(".gateway")
COLOURS = {"api": "cyan", "worker": "magenta", "scheduler": "yellow", "servers": "green", "gateway": "blue"}
WIDTH = max(map(len, COLOURS))


def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the API listens.")] = 8000,
    data_dir: Annotated[Path, typer.Option(help="What is kept between runs.")] = DATA_DIR,
) -> None:
    """Run everything on this machine: PostgreSQL, Valkey, API, worker, scheduler. Ctrl-C stops all of it.

    The servers named by GATEWAY_DATABASE_URL and GATEWAY_REDIS_URL are used instead of private ones.
    """
    from entrypoints.cli.dev.environment import owned
    from entrypoints.cli.listening import listen
    from entrypoints.logs import set_up_logging

    set_up_logging("gateway", "ERROR")
    data_dir = data_dir.absolute()
    with owned(data_dir):
        listen("127.0.0.1", port).close()
        asyncio.run(_run(data_dir, port))


def servers(data_dir: Path, postgres: bool = False, valkey: bool = False) -> None:
    """Own the private servers; started by `gateway dev`."""
    from entrypoints.cli.dev.servers import own_servers

    own_servers(data_dir, postgres=postgres, valkey=valkey)


async def _run(data_dir: Path, port: int) -> None:
    from entrypoints.cli.dev.banner import show_banner
    from entrypoints.cli.dev.stack import Stack, run_stack

    stack, stop = Stack(data_dir, port, _tell), asyncio.Event()

    def told() -> None:
        if stop.is_set():
            stack.hurry()
        else:
            stop.set()
            _tell("gateway", "Stopping; once more to stop without waiting.")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told)

    async def serve() -> None:
        show_banner(stack.url, data_dir)
        await stop.wait()

    await run_stack(stack, serve, lambda step: _tell("gateway", f"{step} …"), stop)
    _tell("gateway", "Stopped.")


def _tell(name: str, line: str) -> None:
    """A line of one process, with its name before it."""
    text = Text(f"{name:<{WIDTH}} │ ", style=COLOURS.get(name, ""))
    text.append_text(Text.from_ansi(line, style="default"))
    with suppress(OSError):  # the terminal was closed; its hang-up stops us in order
        out.print(text, soft_wrap=True)
