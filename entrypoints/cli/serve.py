"""The roles of a production installation: api, worker, scheduler, migrate."""

import os
from typing import Annotated

import typer

from entrypoints.cli.console import say
from entrypoints.cli.troubles import read_settings

ENDING_S = 10.0  # what a worker takes to close what it holds, beyond its grace
# Where they share a machine, whoever waits for an answer goes first: what is accepted may be done a little later.
WORKER_NICENESS = 5

# Each command imports what it runs, so that `gateway --help` need not wait for all of it.


def api(
    host: Annotated[str | None, typer.Option(help="Where to listen; GATEWAY_HOST otherwise.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="GATEWAY_PORT otherwise.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the port.")] = 1,
) -> None:
    """Serve the HTTP API."""
    from entrypoints.cli.api_server import serve

    settings = read_settings()
    serve(settings, host or settings.host, port or settings.port, workers)


def worker(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the work.")] = 1,
) -> None:
    """Talk to processors and deliver webhooks."""
    from config.container import Gateway
    from entrypoints.logs import set_up_logging
    from entrypoints.process import run_until_told
    from entrypoints.worker import work

    settings = read_settings()
    set_up_logging("worker", settings.log_level)
    if workers > 1:
        import asyncio

        from entrypoints.cli.several import run_several

        asyncio.run(run_several("worker", workers, settings.worker_grace_s + ENDING_S))
        return
    os.nice(WORKER_NICENESS)
    gateway = Gateway(settings=settings)
    run_until_told(lambda stop: work(gateway, stop))


def scheduler() -> None:
    """Announce what is due and what was forgotten. Of several, one acts."""
    from config.container import Gateway
    from entrypoints.logs import set_up_logging
    from entrypoints.process import run_until_told
    from entrypoints.scheduler import schedule

    gateway = Gateway(settings=read_settings())
    set_up_logging("scheduler", gateway.settings().log_level)
    run_until_told(lambda stop: schedule(gateway, stop))


def migrate() -> None:
    """Bring the database's tables up to date. Safe to repeat, and to run several times at once."""
    import asyncio

    from entrypoints.cli.migration import migrate_database
    from entrypoints.logs import set_up_logging

    settings = read_settings()
    set_up_logging("migrate", settings.log_level)
    changed = asyncio.run(migrate_database(settings))
    say("The database is up to date now." if changed else "The database was up to date already.")
