"""`gateway merchant update` and `signing-secret`: what the checkout needs to know of a merchant."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.domain.errors import Invalid
from core.domain.merchant import Account, Merchant, Mode
from core.use_cases.audit import OPERATOR
from entrypoints.cli.console import say, show
from entrypoints.cli.once import once

if TYPE_CHECKING:
    from config.container import Gateway


def update(
    id: Annotated[str, typer.Argument(help="The merchant, mer_…")],
    origin: Annotated[
        list[str] | None, typer.Option(help="May embed the checkout. Repeat for several.")
    ] = None,
    return_url: Annotated[
        list[str] | None, typer.Option(help="Where shoppers may be sent afterwards. Repeat for several.")
    ] = None,
    color: Annotated[str | None, typer.Option(help="Of the checkout's buttons, #rrggbb.")] = None,
) -> None:
    """Set who may embed the checkout, where shoppers return to, and its colour. What is not named stays."""
    given = {
        "checkout_origins": origin,
        "return_urls": return_url,
        "theme": {"color": color} if color else None,
    }
    changes = _checked({name: value for name, value in given.items() if value})

    async def task(gateway: "Gateway") -> Merchant:
        merchant: Merchant = await gateway.update_merchant()(Account(id, Mode.LIVE), OPERATOR, changes)
        return merchant

    merchant = once(task)
    rows = [
        ("Checkout origins", ", ".join(merchant.checkout_origins) or "none"),
        ("Return addresses", ", ".join(merchant.return_urls) or "none"),
        ("Colour", merchant.theme.get("color", "default")),
    ]
    say(f"Merchant {merchant.id}: {merchant.name}")
    show(("What", "Value"), iter(rows))


def signing_secret(
    id: Annotated[str, typer.Argument(help="The merchant, mer_…")],
    mode: Annotated[Mode, typer.Option(help="test or live.")] = Mode.TEST,
) -> None:
    """Print the secret by which the merchant's server verifies what the browser handed it."""

    async def task(gateway: "Gateway") -> str:
        async with gateway.uow().begin() as tx:
            merchant = await tx.merchants.get(id)
        secret: str = gateway.cipher().open(merchant.signing_secret(mode))
        return secret

    say(once(task))


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """By the very rules of `PATCH /api/v1/merchant`."""
    from entrypoints.api import bodies
    from entrypoints.api.routes.merchant import changes_of
    from entrypoints.api.validation import validate

    if not changes:
        raise Invalid("nothing_to_change", "Name what is to change: --origin, --return-url or --color.")
    return changes_of(validate(bodies.MERCHANT_CHANGES, changes))
