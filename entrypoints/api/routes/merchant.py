"""The merchant's own settings."""

from starlette.requests import Request

from core.domain.merchant import ApiKey, Merchant
from core.domain.snapshot import Snapshot, iso, iso_or_none
from entrypoints.api import bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.bodies import MerchantChanges
from entrypoints.api.deps import use
from entrypoints.api.examples import MERCHANT_CHANGES
from entrypoints.api.routing import Routes
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("Merchant")
PATH = "/api/v1/merchant"


@routes.merchant("GET", PATH, 200, "Merchant")
async def get_merchant(request: Request, caller: Caller) -> Answer:
    """Get your settings, and which keys exist in this mode"""
    async with use(request, "uow").begin() as tx:
        merchant = await tx.merchants.get(caller.account.merchant_id)
    return ok(await _show(request, caller, merchant))


@routes.merchant("PATCH", PATH, 200, "Merchant", body=bodies.MERCHANT_CHANGES, examples=MERCHANT_CHANGES)
async def update_merchant(request: Request, caller: Caller) -> Answer:
    """Change your settings

    What is not named stays. `checkout_origins` are the exact origins that may embed the checkout,
    `return_urls` where shoppers may be sent afterwards.
    """
    wanted = validate(bodies.MERCHANT_CHANGES, await read_body(request))
    update = use(request, "update_merchant")
    merchant = await update(caller.account, caller.key_id, changes_of(wanted))
    return ok(await _show(request, caller, merchant))


def changes_of(wanted: MerchantChanges) -> Snapshot:
    changes: Snapshot = {}
    for name in sorted(wanted.model_fields_set):
        value = getattr(wanted, name)
        if name == "theme":
            changes[name] = value.model_dump(exclude_none=True)
        else:
            changes[name] = tuple(dict.fromkeys(value)) if isinstance(value, list) else value
    return changes


async def _show(request: Request, caller: Caller, merchant: Merchant) -> Snapshot:
    async with use(request, "uow").begin() as tx:
        keys: list[ApiKey] = await tx.api_keys.of(merchant.id)
    return {
        "id": merchant.id,
        "name": merchant.name,
        "email": merchant.email,
        "mode": caller.account.mode,
        "checkout_origins": list(merchant.checkout_origins),
        "return_urls": list(merchant.return_urls),
        "theme": merchant.theme,
        "keys": [_of_key(key) for key in keys if key.account == caller.account],
    }


def _of_key(key: ApiKey) -> Snapshot:
    return {
        "id": key.id,
        "mode": key.account.mode,
        "created_at": iso(key.created_at),
        "revoked_at": iso_or_none(key.revoked_at),
    }
