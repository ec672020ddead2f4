"""How the service is told to misbehave: the routes that no acquirer has.

`PUT /control/faults` takes a `faults.Plan` in place of the one before, `{"rules": []}` being none:

    {"rules": [{"fault": "hang_after", "calls": ["authorize"], "next": 5},
               {"fault": "slow", "delay_ms": 200, "probability": 0.1},
               {"fault": "down", "for_s": 60}],
     "forget_keys": false, "seed": 7}

`GET /control/faults` shows it. `POST /control/callbacks` sends a callback now, however old its operation is:
`{"key": "op_…", "times": 1, "forged": false, "stale": false}` → `{"statuses": [202]}`.
`POST /control/challenges` answers a 3-D Secure challenge as the shopper would: `{"reference", "approved"}`.
"""

from typing import Annotated

from pydantic import Field
from starlette.requests import Request

from core.domain.errors import GatewayError
from entrypoints.simulator.faults import Plan
from entrypoints.simulator.moves import Empty, Text
from entrypoints.simulator.replies import Reply, error_reply
from entrypoints.simulator.simulation import Handler, of, read


class _CallbackNow(Empty):
    key: Text
    times: Annotated[int, Field(ge=1, le=100)] = 1
    forged: bool = False
    stale: bool = False


class _Choice(Empty):
    reference: Text
    approved: bool


async def put_faults(request: Request) -> Reply:
    plan = await read(request, Plan)
    if plan.forget_keys:
        of(request).keys.forget()
    of(request).faults.set(plan)
    return _show(plan)


async def get_faults(request: Request) -> Reply:
    return _show(of(request).faults.plan)


async def send_callbacks(request: Request) -> Reply:
    wanted = await read(request, _CallbackNow)
    send = of(request).callbacks.send
    statuses = [await send(wanted.key, forged=wanted.forged, stale=wanted.stale) for _ in range(wanted.times)]
    return Reply(200, {"statuses": statuses})


async def choose(request: Request) -> Reply:
    choice = await read(request, _Choice)
    try:
        stands = await of(request).gateway.challenges().choose(choice.reference, choice.approved)
    except GatewayError as error:
        return error_reply(400, error.reason, error.description)
    return Reply(200, {"reference": choice.reference, "approved": stands})


def _show(plan: Plan) -> Reply:
    return Reply(200, plan.model_dump(mode="json", exclude_none=True))


HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("PUT", "/control/faults", put_faults),
    ("GET", "/control/faults", get_faults),
    ("POST", "/control/callbacks", send_callbacks),
    ("POST", "/control/challenges", choose),
)
