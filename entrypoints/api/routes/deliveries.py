"""The delivery log: each event owed to each endpoint, and how far it has got."""

import json
import re

from starlette.requests import Request

from core.domain.errors import NotFound
from core.domain.snapshot import Snapshot, iso, iso_or_none
from core.domain.webhook import Attempt, Delivery
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.paging import MAX_OFFSET, read_limit, read_number
from entrypoints.api.routing import Routes

routes = Routes("Webhooks")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@routes.merchant("GET", "/api/v1/webhooks", 200, "DeliveryList", parameters=("limit", "offset"))
async def list_deliveries(request: Request, caller: Caller) -> Answer:
    """List deliveries, newest first"""
    limit, offset = read_limit(request), read_number(request, "offset", 0, lowest=0, highest=MAX_OFFSET)
    found, total = await use(request, "queries").deliveries(caller.account, limit=limit, offset=offset)
    data = [of_delivery(delivery) for delivery in found]
    return ok({"data": data, "total": total, "limit": limit, "offset": offset})


@routes.merchant("GET", "/api/v1/webhooks/{id}", 200, "DeliveryDetails")
async def get_delivery(request: Request, caller: Caller) -> Answer:
    """Get a delivery with its payload and every attempt"""
    id = _path_uuid(request)
    async with use(request, "uow").begin() as tx:
        delivery: Delivery = await tx.deliveries.get(id)
        if delivery.account != caller.account:
            raise NotFound("Webhook")
        event = await tx.events.get(delivery.event_id)
        attempts = await tx.attempts.of(id)
    attempts.sort(key=lambda attempt: attempt.id)
    return ok(
        of_delivery(delivery)
        | {"endpoint_id": delivery.endpoint_id, "payload": json.loads(event.body)}
        | {"attempt_log": [_of_attempt(attempt) for attempt in attempts]}
    )


@routes.merchant("POST", "/api/v1/webhooks/{id}/retry", 200, "Retry", errors=(409,))
async def retry_delivery(request: Request, caller: Caller) -> Answer:
    """Set a delivery going again

    Attempts start at 0 again, also after a success; one that waits is made due now.
    """
    delivery = await use(request, "replay_delivery")(caller.account, caller.key_id, _path_uuid(request))
    return ok({"id": delivery.id, "status": delivery.status, "message": "Webhook retry scheduled"})


def of_delivery(delivery: Delivery) -> Snapshot:
    return {
        "id": delivery.id,
        "event": delivery.event,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "created_at": iso(delivery.created_at),
        "last_attempt_at": iso_or_none(delivery.last_attempt_at),
        "next_retry_at": iso_or_none(delivery.next_retry_at),
        "response_code": delivery.response_code,
    }


def _of_attempt(attempt: Attempt) -> Snapshot:
    return {
        "number": attempt.number,
        "created_at": iso(attempt.created_at),
        "duration_ms": attempt.duration_ms,
        "response_code": attempt.response_code,
        "response_body": attempt.response_body,
        "error": attempt.error,
        "request_headers": attempt.request_headers,
        "response_headers": attempt.response_headers,
        "timings": attempt.timings,
    }


def _path_uuid(request: Request) -> str:
    """Raises NotFound."""
    id: str = request.path_params["id"].lower()
    if not UUID.fullmatch(id):
        raise NotFound("Webhook")
    return id
