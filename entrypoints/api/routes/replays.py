"""Replays: telling an endpoint once more what it has missed."""

from starlette.requests import Request

from core.domain.ids import ENDPOINT, REPLAY
from core.domain.json_text import to_json
from core.domain.replay import Replay
from core.domain.snapshot import iso, of_replay
from core.use_cases.keyed import Keyed
from entrypoints.api import endpoint_bodies
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.examples import REPLAYS
from entrypoints.api.idempotent import merchant_scope, once
from entrypoints.api.owned import find_owned, path_id
from entrypoints.api.routing import Routes
from entrypoints.api.strict_json import read_body
from entrypoints.api.validation import validate

routes = Routes("Webhook endpoints")


@routes.merchant(
    "POST", "/api/v1/webhook_endpoints/{id}/replay", 201, "Replay",
    body=endpoint_bodies.REPLAY, examples=REPLAYS, keyed=True, others={200: "ReplayCount"}, errors=(409,),
)  # fmt: skip
async def replay_events(request: Request, caller: Caller) -> Answer:
    """Replay events to a webhook endpoint

    Those made from `since` on: what it has missed (`undelivered`: failed or never sent), what `failed`, or
    `all`. Of what is so old that deliveries have been forgotten, only those that are left. `dry_run` only
    counts them, and answers 200.
    """
    id, body = path_id(request, ENDPOINT, "Webhook endpoint"), await read_body(request)
    if isinstance(body, dict) and body.get("dry_run") is True:
        return await _count(request, caller, id, validate(endpoint_bodies.REPLAY, body))

    async def act(keyed: Keyed[Replay] | None) -> Replay:
        wanted = validate(endpoint_bodies.REPLAY, body)
        since, until = wanted.span(use(request, "clock")())
        replay: Replay = await use(request, "start_replay")(
            caller.account, caller.key_id, id, wanted.scope,
            since=since, until=until, per_second=wanted.per_second, keyed=keyed,
        )  # fmt: skip
        return replay

    return await once(request, merchant_scope(caller.account), body, act, _created)


@routes.merchant("GET", "/api/v1/webhook_replays/{id}", 200, "Replay")
async def get_replay(request: Request, caller: Caller) -> Answer:
    """Get a replay: how far it has got"""
    id = path_id(request, REPLAY, "Replay")
    found: Replay = await find_owned(request, caller, lambda tx: tx.replays, id, "Replay")
    return ok(of_replay(found))


async def _count(request: Request, caller: Caller, id: str, wanted: endpoint_bodies.ReplayBody) -> Answer:
    since, until = wanted.span(use(request, "clock")())
    count = await use(request, "start_replay").count(caller.account, id, wanted.scope, since, until)
    return ok(
        {"dry_run": True, "scope": wanted.scope, "since": iso(since), "until": iso(until), "count": count}
    )


def _created(replay: Replay) -> tuple[int, str]:
    return 201, to_json(of_replay(replay))
