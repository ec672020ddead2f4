"""`gateway simulator`: the simulator as an acquirer of its own, for fault tests and for writing adapters."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.troubles import Exit, Trouble, read_settings

if TYPE_CHECKING:
    from config.settings import Settings


def simulator(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8100,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep the book in memory, not the database.")
    ] = False,
    callback_url: Annotated[
        str | None, typer.Option(help="Where news go: https://GATEWAY/processors/test/callbacks")
    ] = None,
) -> None:
    """Serve the simulator over HTTP, with faults on demand.

    Its token and secret are those by which the gateway reaches it: GATEWAY_PROCESSOR_TOKEN and
    GATEWAY_PROCESSOR_CALLBACK_SECRET.
    """
    from entrypoints.logs import set_up_logging
    from entrypoints.process import run_until_told

    settings = read_settings()
    if not settings.processor_token.get_secret_value():
        raise _missing("GATEWAY_PROCESSOR_TOKEN")
    if callback_url and not settings.processor_callback_secret.get_secret_value():
        raise _missing("GATEWAY_PROCESSOR_CALLBACK_SECRET")
    set_up_logging("simulator", settings.log_level)
    run_until_told(lambda stop: _serve(settings, host, port, memory, callback_url, stop))


async def _serve(
    settings: "Settings", host: str, port: int, memory: bool, callback_url: str | None, stop: asyncio.Event
) -> None:
    from config.simulator import simulator_alone
    from entrypoints.cli.listening import listen
    from entrypoints.simulator.app import create_app
    from entrypoints.simulator.server import serving
    from entrypoints.simulator.simulation import simulation

    gateway = simulator_alone(settings, memory=memory)
    token, secret = settings.processor_token, settings.processor_callback_secret
    made = simulation(gateway, token.get_secret_value(), callback_url, secret.get_secret_value())
    async with serving(create_app(made), listen(host, port)):
        await stop.wait()
    if not memory:
        await gateway.book().close()


def _missing(variable: str) -> Trouble:
    return Trouble(f"{variable} is not set.", "Choose one; the gateway needs the same.", Exit.CONFIG)
