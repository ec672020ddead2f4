"""`gateway merchant`: take merchants in."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from core.use_cases.manage_merchants import Created
from entrypoints.cli.console import say, show, show_json
from entrypoints.cli.once import once

if TYPE_CHECKING:
    from config.container import Gateway

app = typer.Typer(no_args_is_help=True, help="Merchants and their keys.")


@app.callback()
def merchant() -> None:
    """Merchants and their keys."""


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="As shoppers see it.")],
    email: Annotated[str, typer.Option(help="One merchant per address.")],
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Create a merchant and print its keys, which are shown this once."""

    async def task(gateway: "Gateway") -> Created:
        created: Created = await gateway.create_merchant()(name, email)
        return created

    created = once(task)
    if json:
        show_json(_document(created))
        return
    say(f"Merchant {created.merchant.id}: {created.merchant.name}, {created.merchant.email}")
    show(("What", "Value"), _lines(created))
    say("Keep these now: the secrets are not shown again.")


def _lines(created: Created) -> Iterator[tuple[str, str]]:
    for mode, key in created.keys.items():
        yield f"{mode} API key", key.id
        yield f"{mode} API secret", key.secret
        yield f"{mode} signing secret", created.signing_secrets[mode]


def _document(created: Created) -> dict[str, object]:
    merchant = created.merchant
    keys: dict[str, object] = {
        mode: {"api_key": key.id, "api_secret": key.secret, "signing_secret": created.signing_secrets[mode]}
        for mode, key in created.keys.items()
    }
    return {"id": merchant.id, "name": merchant.name, "email": merchant.email, **keys}
