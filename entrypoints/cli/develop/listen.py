"""`gateway listen`: a test account's events, on a developer's own machine, without a public address."""

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

import typer

from core.domain.event import EVENTS
from core.domain.signing import new_webhook_secret
from entrypoints.cli.console import note
from entrypoints.cli.develop.account import (
    URL,
    Access,
    KeyOption,
    SecretOption,
    UrlOption,
    access_by,
    client_of,
)
from entrypoints.cli.develop.webhook_secret import WebhookSecretOption, check_secret
from entrypoints.cli.troubles import Exit, Trouble, read_settings

if TYPE_CHECKING:
    from entrypoints.cli.develop.session import Session

SECRET_BYTES = 32


def listen(
    forward_to: Annotated[str, typer.Option(help="Your receiver, such as http://localhost:3000/hook")],
    events: Annotated[
        list[str] | None, typer.Option(help="Only these, such as payment.* or order.paid,refund.failed")
    ] = None,
    url: UrlOption = URL,
    api_key: KeyOption = "",
    api_secret: SecretOption = "",
    secret: WebhookSecretOption = "",
    skip_verify: Annotated[
        bool, typer.Option("--skip-verify", help="Take any certificate of an https receiver.")
    ] = False,
    print_json: Annotated[bool, typer.Option("--print-json", help="Show each event's body.")] = False,
) -> None:
    """Forward a test account's events to your machine as they happen, signed as deliveries are.

    Needs no webhook endpoint and no public address. Ctrl-C ends it.
    """
    from entrypoints.cli.develop.session import Session
    from entrypoints.logs import set_up_logging

    set_up_logging("listen", "ERROR")
    access, session = access_by(url, api_key, api_secret), Session(_wanted(events or []), print_json)
    if secret:
        check_secret(secret)
    asyncio.run(_listen(access, session, forward_to, secret, skip_verify))
    note(session.summary())


async def _listen(
    access: Access, session: "Session", forward_to: str, secret: str, skip_verify: bool
) -> None:
    from config.receivers import receivers
    from entrypoints.cli.develop.following import Events
    from entrypoints.cli.develop.forwarding import Forward
    from entrypoints.cli.develop.session import until_told

    timeout_s = read_settings().webhook_timeout_s
    async with receivers(timeout_s, skip_verify=skip_verify) as reached, client_of(access) as client:
        if objection := reached.inspection.objection(forward_to):
            raise Trouble(f"--forward-to {forward_to}: {objection}.", "", Exit.USAGE)
        key = secret or new_webhook_secret(reached.chance.bytes(SECRET_BYTES))
        if not secret:
            note(f"The webhook secret of this session: {key}")
        await until_told(session(Events(client, note), Forward(reached, forward_to, key, note)))


def _wanted(given: list[str]) -> list[str]:
    """Patterns. Raises Trouble for one that no event fits."""
    patterns = [pattern.strip() for text in given for pattern in text.split(",") if pattern.strip()]
    for pattern in patterns:
        if not any(fnmatchcase(event, pattern) for event in EVENTS):
            raise Trouble(f"No event is called {pattern}.", f"There are: {', '.join(EVENTS)}", Exit.USAGE)
    return patterns or ["*"]
