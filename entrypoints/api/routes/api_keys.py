"""API keys: made, listed, rolled and revoked by a merchant who holds a full one."""

from collections.abc import Sequence

from starlette.requests import Request

from core.domain.ids import API_KEY
from core.domain.json_text import to_json
from core.domain.merchant import ApiKey, Scope
from core.domain.snapshot import Snapshot, iso_or_none, of_api_key
from core.use_cases.keyed import Keyed
from core.use_cases.manage_api_keys import MadeKey, owned_key
from entrypoints.api import bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import API_KEYS, ROLLS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.owned import path_id
from entrypoints.api.paging import listed, read_page
from entrypoints.api.routing import Routes
from entrypoints.api.scopes import CHANGING
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("API keys")
ROOT = "/api/v1/api_keys"
NOUN = "API key"


@routes.merchant(
    "POST", ROOT, 201, "ApiKeyWithSecret", body=bodies.API_KEY, examples=API_KEYS, keyed=True
)  # fmt: skip
async def create_api_key(request: Request, caller: Caller) -> Answer:
    """Make an API key

    For the mode of the key that asks. Its secret is shown in this answer only. `read_only` may look at
    everything but keys; `checkout` may pay an order that exists and see that order and its payments.
    Without `expires_in` it never expires.
    """
    body = await read_body(request)

    async def act(keyed: Keyed[MadeKey] | None) -> MadeKey:
        wanted = validate(bodies.API_KEY, body)
        made: MadeKey = await use(request, "create_key")(
            caller.account, caller.key_id, Scope(wanted.scope),
            description=wanted.description, expires_in_s=wanted.expires_in, keyed=keyed,
        )  # fmt: skip
        return made

    return await once(request, merchant_scope(caller.account), body, act, _made, secret=True)


@routes.merchant("GET", ROOT, 200, "ApiKeyList", scopes=CHANGING, parameters=("page:key",))
async def list_api_keys(request: Request, caller: Caller) -> Answer:
    """List API keys, newest first

    Those of this mode, the ended ones too. `last_used_at` is true to within minutes.
    """
    page = read_page(request, API_KEY, NOUN)
    found = await use(request, "queries").api_keys(caller.account, page)
    return ok(listed(await _shown(request, found.data), found.has_more))


@routes.merchant("GET", ROOT + "/{id}", 200, "ApiKey", scopes=CHANGING)
async def get_api_key(request: Request, caller: Caller) -> Answer:
    """Get an API key"""
    id = path_id(request, API_KEY, NOUN)
    async with use(request, "uow").begin() as tx:
        key = await owned_key(tx, caller.account, id)
    [shown] = await _shown(request, [key])
    return ok(shown)


@routes.merchant(
    "POST", ROOT + "/{id}/roll", 201, "ApiKeyWithSecret", body=bodies.ROLL, examples=ROLLS, keyed=True
)  # fmt: skip
async def roll_api_key(request: Request, caller: Caller) -> Answer:
    """Give an API key a successor

    Of the same scope; its secret is shown in this answer only. The old key goes on working for `overlap_s`
    seconds, by default a day, and then ends.
    """
    id = path_id(request, API_KEY, NOUN)
    body = await read_body(request, optional=True)

    async def act(keyed: Keyed[MadeKey] | None) -> MadeKey:
        wanted = validate(bodies.ROLL, body)
        roll = use(request, "roll_key")
        made: MadeKey = await roll(caller.account, caller.key_id, id, overlap_s=wanted.overlap_s, keyed=keyed)
        return made

    return await once(request, merchant_scope(caller.account), body, act, _made, secret=True)


@routes.merchant("POST", ROOT + "/{id}/revoke", 200, "ApiKey", errors=(409,))
async def revoke_api_key(request: Request, caller: Caller) -> Answer:
    """Revoke an API key

    For good, and everywhere within five seconds. Revoked again, nothing changes.
    """
    id = path_id(request, API_KEY, NOUN)
    key = await use(request, "revoke_key")(caller.account, caller.key_id, id)
    [shown] = await _shown(request, [key])
    return ok(shown)


async def _shown(request: Request, keys: Sequence[ApiKey]) -> list[Snapshot]:
    last = await use(request, "key_uses").of([key.id for key in keys])
    return [of_api_key(key) | {"last_used_at": iso_or_none(last.get(key.id))} for key in keys]


def _made(made: MadeKey) -> tuple[int, str]:
    shown = of_api_key(made.key) | {"last_used_at": None, "secret": made.secret}
    return 201, to_json(shown)
