"""Webhook endpoints: where a merchant's events go."""

from starlette.requests import Request

from core.domain.errors import Invalid
from core.domain.ids import ENDPOINT
from core.domain.json_text import to_json
from core.domain.snapshot import of_endpoint, of_event
from core.use_cases.keyed import Keyed
from core.use_cases.manage_endpoints import WithSecret, owned_endpoint
from entrypoints.api import endpoint_bodies
from entrypoints.api.answers import NO_CONTENT, Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import ENDPOINT_CHANGES, ENDPOINTS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.owned import path_id
from entrypoints.api.paging import listed, read_page
from entrypoints.api.routing import Routes
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("Webhook endpoints")
ROOT = "/api/v1/webhook_endpoints"
NOUN = "Webhook endpoint"


@routes.merchant(
    "POST", ROOT, 201, "EndpointWithSecret", body=endpoint_bodies.ENDPOINT, examples=ENDPOINTS, keyed=True
)
async def create_endpoint(request: Request, caller: Caller) -> Answer:
    """Add a webhook endpoint

    Its secret is shown in this answer only. Without `events` it gets all of them; `payment.*` is a family.
    """
    body = await read_body(request)

    async def act(keyed: Keyed[WithSecret] | None) -> WithSecret:
        wanted = validate(endpoint_bodies.ENDPOINT, body)
        _check_url(request, wanted.url)
        made: WithSecret = await use(request, "create_endpoint")(
            caller.account, caller.key_id, wanted.url,
            events=_unique(wanted.events), description=wanted.description, headers=wanted.headers, keyed=keyed,
        )  # fmt: skip
        return made

    return await once(request, merchant_scope(caller.account), body, act, _created, secret=True)


@routes.merchant("GET", ROOT, 200, "EndpointList", parameters=("page:we",))
async def list_endpoints(request: Request, caller: Caller) -> Answer:
    """List webhook endpoints, newest first"""
    page = read_page(request, ENDPOINT, NOUN)
    found = await use(request, "queries").endpoints(caller.account, page)
    return ok(listed([of_endpoint(endpoint) for endpoint in found.data], found.has_more))


@routes.merchant("GET", ROOT + "/{id}", 200, "Endpoint")
async def get_endpoint(request: Request, caller: Caller) -> Answer:
    """Get a webhook endpoint"""
    id = path_id(request, ENDPOINT, NOUN)
    async with use(request, "uow").begin() as tx:
        return ok(of_endpoint(await owned_endpoint(tx, caller.account, id)))


@routes.merchant(
    "PATCH", ROOT + "/{id}", 200, "Endpoint", body=endpoint_bodies.ENDPOINT_CHANGES, examples=ENDPOINT_CHANGES
)
async def update_endpoint(request: Request, caller: Caller) -> Answer:
    """Change a webhook endpoint

    What is not named stays. A disabled endpoint is owed nothing; once it is enabled again, a replay recovers
    what it has missed.
    """
    id = path_id(request, ENDPOINT, NOUN)
    wanted = validate(endpoint_bodies.ENDPOINT_CHANGES, await read_body(request))
    changes = {name: getattr(wanted, name) for name in sorted(wanted.model_fields_set)}
    if "url" in changes:
        _check_url(request, wanted.url)
    if "events" in changes:
        changes["events"] = _unique(wanted.events)
    update = use(request, "update_endpoint")
    return ok(of_endpoint(await update(caller.account, caller.key_id, id, changes)))


@routes.merchant("DELETE", ROOT + "/{id}", 204, None, errors=(409,))
async def delete_endpoint(request: Request, caller: Caller) -> Answer:
    """Remove a webhook endpoint

    What was still owed to it ends as failed; the delivery log stays.
    """
    id = path_id(request, ENDPOINT, NOUN)
    await use(request, "delete_endpoint")(caller.account, caller.key_id, id)
    return NO_CONTENT


@routes.merchant("POST", ROOT + "/{id}/rotate_secret", 200, "EndpointWithSecret", keyed=True, errors=(409,))
async def rotate_secret(request: Request, caller: Caller) -> Answer:
    """Give a webhook endpoint a new secret

    Shown in this answer only. The old secret signs beside the new one for a day; another rotation ends it. With an
    `Idempotency-Key` a repeated request gets the same secret, and rotates nothing.
    """
    id = path_id(request, ENDPOINT, NOUN)
    body = await read_body(request, optional=True)

    async def act(keyed: Keyed[WithSecret] | None) -> WithSecret:
        made: WithSecret = await use(request, "rotate_secret")(caller.account, caller.key_id, id, keyed=keyed)
        return made

    return await once(request, merchant_scope(caller.account), body, act, _rotated, secret=True)


@routes.merchant("POST", ROOT + "/{id}/test", 201, "Event", errors=(400, 409))
async def send_test_event(request: Request, caller: Caller) -> Answer:
    """Send a test event to a webhook endpoint

    `webhook.test`, to this endpoint alone, whatever its filter says.
    """
    id = path_id(request, ENDPOINT, NOUN)
    event = await use(request, "send_test_event")(caller.account, id)
    return ok(of_event(event), 201)


def _check_url(request: Request, url: str) -> None:
    """Raises Invalid. Where its name leads is checked when we connect."""
    objection = use(request, "check_url")(url)
    if objection is not None:
        raise Invalid("invalid_url", objection, field="url")


def _unique(events: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(events))


def _created(made: WithSecret) -> tuple[int, str]:
    return 201, _shown_once(made)


def _rotated(made: WithSecret) -> tuple[int, str]:
    return 200, _shown_once(made)


def _shown_once(made: WithSecret) -> str:
    return to_json(of_endpoint(made.endpoint) | {"secret": made.secret})
