"""All commands, by name."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from entrypoints.cli import (
    api_keys,
    audit,
    jobs,
    keys,
    merchant,
    merchant_settings,
    rotation,
    serve,
    simulator,
)
from entrypoints.cli.console import say
from entrypoints.cli.demo.command import demo
from entrypoints.cli.dev.command import dev, servers
from entrypoints.cli.develop import check
from entrypoints.cli.develop.listen import listen
from entrypoints.cli.develop.trigger import trigger
from entrypoints.cli.troubles import Commands
from entrypoints.cli.verify import verify

ENDING_S = 40.0  # beyond the grace of every process

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a card is a local variable somewhere
    help="A payment gateway of your own.",
    epilog="Settings are environment variables; .env.example explains each. Exit codes: 1 it failed,"
    " 2 wrong usage, 69 the database, Redis or the gateway cannot be reached, 73 a port or folder is in use,"
    " 78 settings or migrations are missing.",
)


def _version(wanted: bool) -> None:
    if wanted:
        try:
            say(version("async-payment-gateway"))
        except PackageNotFoundError:
            say("not installed")
        raise typer.Exit


@app.callback()
def gateway(
    attached: Annotated[bool, typer.Option(hidden=True)] = False,
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Say which version this is.", callback=_version)
    ] = False,
) -> None:
    if attached:
        from entrypoints.process import end_with_parent

        end_with_parent(ENDING_S)


app.command("dev")(dev)
app.command("demo")(demo)
app.command("api")(serve.api)
app.command("worker")(serve.worker)
app.command("scheduler")(serve.scheduler)
app.command("migrate")(serve.migrate)
app.command("simulator")(simulator.simulator)
app.command("verify")(verify)
app.command("listen")(listen)
app.command("trigger")(trigger)
merchant.app.command("update")(merchant_settings.update)
merchant.app.command("signing-secret")(merchant_settings.signing_secret)
keys.app.command("create")(api_keys.create)
keys.app.command("list")(api_keys.list_)
keys.app.command("roll")(api_keys.roll)
keys.app.command("revoke")(api_keys.revoke)
keys.app.command("rotate")(rotation.rotate)
app.add_typer(merchant.app, name="merchant")
app.add_typer(audit.app, name="audit")
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(check.app, name="endpoints")
app.command("servers", hidden=True)(servers)
