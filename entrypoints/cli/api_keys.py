"""`gateway keys create`, `list`, `roll` and `revoke`: the keys of merchants' programs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from config.settings import MAX_OVERLAP_S
from core.domain.merchant import Account, ApiKey, Mode, Scope
from core.domain.snapshot import iso_or_none, of_api_key
from core.use_cases.audit import OPERATOR
from core.use_cases.manage_api_keys import MadeKey
from entrypoints.cli.console import say, show, show_json
from entrypoints.cli.once import once
from entrypoints.cli.spans import read_span_s

if TYPE_CHECKING:
    from config.container import Gateway

LONGEST = timedelta(days=365)
COLUMNS = ("Key", "Scope", "Secret", "State", "Made", "Last used", "Description")

Merchant = Annotated[str, typer.Argument(metavar="MERCHANT", help="mer_…")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="key_test_… or key_live_…")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def create(
    merchant: Merchant,
    mode: Annotated[Mode, typer.Option(help="test or live; a key never sees the other.")] = Mode.TEST,
    scope: Annotated[Scope, typer.Option(help="full, read_only or checkout.")] = Scope.FULL,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    expires_in: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Such as 12h or 90d; never, unless told.")
    ] = None,
    json: Json = False,
) -> None:
    """Make an API key, and print its secret, which is shown this once."""
    span_s = expires_in and read_span_s(expires_in, at_most=LONGEST, option="--expires-in")

    async def task(gateway: "Gateway") -> MadeKey:
        made: MadeKey = await gateway.create_key()(
            Account(merchant, mode), OPERATOR, scope, description=description, expires_in_s=span_s or None
        )
        return made

    _tell(once(task), json=json)


def list_(merchant: Merchant, json: Json = False) -> None:
    """Show a merchant's API keys, newest first, and when each was last used."""

    async def task(gateway: "Gateway") -> tuple[list[ApiKey], dict[str, datetime], datetime]:
        async with gateway.uow().begin() as tx:
            await tx.merchants.get(merchant)
            keys: list[ApiKey] = await tx.api_keys.of(merchant)
        return keys, await gateway.key_uses().of([key.id for key in keys]), gateway.clock()()

    keys, last, now = once(task)
    keys.sort(key=lambda key: key.created_at, reverse=True)
    if json:
        show_json([of_api_key(key) | {"last_used_at": iso_or_none(last.get(key.id))} for key in keys])
    else:
        show(COLUMNS, _rows(keys, last, now))


def roll(
    key: Key,
    overlap: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How long the old key goes on working; 0s to 7d.")
    ] = None,
    json: Json = False,
) -> None:
    """Give an API key a successor, and print its secret, which is shown this once."""
    longest = timedelta(seconds=MAX_OVERLAP_S)
    span_s = None if overlap is None else read_span_s(overlap, at_most=longest, option="--overlap")

    async def task(gateway: "Gateway") -> MadeKey:
        account = await _account(gateway, key)
        made: MadeKey = await gateway.roll_key()(account, OPERATOR, key, overlap_s=span_s)
        return made

    _tell(once(task), json=json)


def revoke(key: Key) -> None:
    """End an API key for good. It is refused everywhere within five seconds."""

    async def task(gateway: "Gateway") -> ApiKey:
        revoked: ApiKey = await gateway.revoke_key()(await _account(gateway, key), OPERATOR, key)
        return revoked

    revoked = once(task)
    say(f"{revoked.id} is revoked since {iso_or_none(revoked.revoked_at)}.")


async def _account(gateway: "Gateway", key_id: str) -> Account:
    """Whose it is. Raises NotFound."""
    async with gateway.uow().begin() as tx:
        key: ApiKey = await tx.api_keys.get(key_id)
    return key.account


def _tell(made: MadeKey, *, json: bool) -> None:
    if json:
        show_json(of_api_key(made.key) | {"secret": made.secret})
        return
    rows = [
        ("API key", made.key.id), ("API secret", made.secret), ("Scope", made.key.scope),
        ("Expires", iso_or_none(made.key.expires_at) or "never"),
    ]  # fmt: skip
    show(("What", "Value"), rows)
    say("Keep the secret now: it is not shown again.")


def _rows(keys: Sequence[ApiKey], last: Mapping[str, datetime], now: datetime) -> Iterator[tuple[str, ...]]:
    for key in keys:
        yield (
            key.id, key.scope, f"{key.secret_prefix}…" if key.secret_prefix else "", _state(key, now),
            _minute(key.created_at), _minute(last.get(key.id)), key.description or "",
        )  # fmt: skip


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_minute(key.revoked_at)}"
    if key.expires_at is None:
        return "active"
    return f"{'ends' if key.is_good(now) else 'ended'} {_minute(key.expires_at)}"


def _minute(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"
