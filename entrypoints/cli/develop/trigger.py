"""`gateway trigger`: make an event happen, by doing in test mode what a merchant and a shopper would do."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from core.domain.event import EVENTS
from entrypoints.cli.console import note, show, show_json
from entrypoints.cli.develop.account import (
    URL,
    Access,
    KeyOption,
    SecretOption,
    UrlOption,
    access_by,
    client_of,
)
from entrypoints.cli.troubles import Exit, Trouble

if TYPE_CHECKING:
    from entrypoints.cli.develop.following import Event, Events

WITHIN_S = 30.0


def trigger(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its name, such as payment.success")] = "",
    list_all: Annotated[bool, typer.Option("--list", help="Say which events there are, and how.")] = False,
    url: UrlOption = URL,
    api_key: KeyOption = "",
    api_secret: SecretOption = "",
    json: Annotated[bool, typer.Option("--json", help="Print the event itself, for programs.")] = False,
) -> None:
    """Make an event happen in test mode, over the API and with the simulator's test instruments."""
    from entrypoints.cli.develop.recipes import IMPOSSIBLE, RECIPES

    if list_all:
        show(("Event", "How"), ((name, _how(name)) for name in EVENTS))
        return
    if event in IMPOSSIBLE:
        raise Trouble(f"{event} cannot be triggered.", IMPOSSIBLE[event])
    if event not in RECIPES:
        raise Trouble(f"No event is called {event or 'nothing'}.", "See: gateway trigger --list", Exit.USAGE)
    happened = asyncio.run(_trigger(access_by(url, api_key, api_secret), event))
    if json:
        show_json(happened)
    else:
        show(("What", "Value"), _rows(happened))


async def _trigger(access: Access, name: str) -> "Event":
    import httpx2

    from entrypoints.cli.demo.shop import Shop, Unexpected
    from entrypoints.cli.develop.following import Events, away
    from entrypoints.cli.develop.recipes import RECIPES

    async with client_of(access) as client:
        events = Events(client, note, patient=False)
        await events.skip()
        try:
            return await _told(events, name, await RECIPES[name].make(Shop(client)))
        except Unexpected as unexpected:
            what, _, came = str(unexpected).partition("\n")
            raise Trouble(what, came) from None
        except httpx2.TransportError:
            raise away(client) from None


async def _told(events: "Events", name: str, subject: str | None) -> "Event":
    """The event, as soon as it is there. Raises Trouble when it is late."""
    from entrypoints.cli.develop.session import ids_of

    came: list[str] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            async for event in events.follow():
                if subject is None or subject in ids_of(event).values():
                    came.append(event["event"])
                    if event["event"] == name:
                        return event
    except TimeoutError:
        pass
    raise Trouble(
        f"{name} did not come within {WITHIN_S:.0f} s.",
        f"Came: {', '.join(came) or 'nothing'}. Does a worker run? GET /health says.",
    )


def _how(name: str) -> str:
    from entrypoints.cli.develop.recipes import IMPOSSIBLE, RECIPES

    return RECIPES[name].how if name in RECIPES else f"Cannot be triggered. {IMPOSSIBLE[name]}"


def _rows(event: "Event") -> Iterator[tuple[str, str]]:
    from entrypoints.cli.develop.session import ids_of

    yield "Event", event["event"]
    yield from ids_of(event).items()
    next_action = event["data"].get("payment", {}).get("next_action")
    if next_action:
        yield "Next action", next_action["url"]
