"""`gateway endpoints check`: what is wrong with a webhook receiver, before an event tells."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from entrypoints.cli.console import say, show
from entrypoints.cli.develop.webhook_secret import WebhookSecretOption, check_secret
from entrypoints.cli.troubles import Exit, read_settings

if TYPE_CHECKING:
    from entrypoints.cli.develop.findings import Finding

app = typer.Typer(no_args_is_help=True, help="Webhook receivers.")


@app.callback()
def endpoints() -> None:
    """Webhook receivers."""


@app.command("check")
def check(
    url: Annotated[str, typer.Argument(metavar="URL", help="The receiver's, as an endpoint would have it.")],
    secret: WebhookSecretOption = "",
) -> None:
    """Send a receiver genuine and false test events, and say what is wrong. Exit code 1: something is.

    It works from this machine: a receiver may be here, and a firewall may let the gateway through, or us.
    """
    from entrypoints.cli.develop.findings import Mark
    from entrypoints.logs import set_up_logging

    set_up_logging("check", "ERROR")
    if secret:
        check_secret(secret)
    findings = asyncio.run(_check(url, secret))
    show(("", "What", "Finding"), ((one.mark, one.what, one.says) for one in findings))
    wrong = sum(one.mark is Mark.WRONG for one in findings)
    sound = (
        "Nothing is wrong."
        if secret
        else "Nothing is wrong with what could be tried. Give --secret for the rest."
    )
    say(f"{wrong} wrong." if wrong else sound)
    if wrong:
        raise typer.Exit(Exit.FAILED)


async def _check(url: str, secret: str) -> "list[Finding]":
    from config.receivers import receivers
    from entrypoints.cli.develop.checkup import Checkup

    async with receivers(read_settings().webhook_timeout_s) as reached:
        return [finding async for finding in Checkup(reached, url, secret)()]
