"""What became of the request that used a key."""

import json
from datetime import timedelta

from starlette.requests import Request

from core.domain.errors import NotFound
from core.domain.idempotency import KEEP_HOURS, read_key
from core.domain.snapshot import iso
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.idempotent import find_record, is_sealed, merchant_scope
from entrypoints.api.routing import Routes

routes = Routes("Idempotency keys")


@routes.merchant("GET", "/api/v1/idempotency_keys/{key:path}", 200, "KeyUse", errors=(400,))
async def get_idempotency_key(request: Request, caller: Caller) -> Answer:
    """Get what became of the request that used a key

    The answer that it got and that a repeat gets. An answer that showed a secret is not shown again.
    """
    key = read_key(request.path_params["key"])
    record = await find_record(request, merchant_scope(caller.account), key)
    if record is None:
        raise NotFound("Idempotency key")
    return ok({
        "key": key,
        "resource_id": record.resource_id,
        "status_code": record.status,
        "response": None if is_sealed(record) else json.loads(record.body),
        "created_at": iso(record.created_at),
        "expires_at": iso(record.created_at + timedelta(hours=KEEP_HOURS)),
    })  # fmt: skip
