"""What may stand in a path, a query or a header, as the OpenAPI document says it."""

import re

from core.domain.ids import API_KEY
from core.domain.merchant import Mode
from core.domain.payment import Method, Status
from entrypoints.api.paging import MAX_LIMIT, MAX_OFFSET
from entrypoints.api.preference import MAX_WAIT_S
from entrypoints.api.routing import Doc
from entrypoints.api.schemas import KEY_ID, TIME, UUID, Schema, enum, id_of

# The ids by the word before them in a path.
PATH_IDS = {
    "orders": id_of("order"), "payments": id_of("pay"), "refunds": id_of("rfnd"), "events": id_of("evt"),
    "webhook_endpoints": id_of("we"), "api_keys": KEY_ID, "webhooks": UUID, "webhook_replays": id_of("rpl"),
    "processors": enum(Mode),
}  # fmt: skip
KEY: Schema = {"type": "string", "pattern": "^[!-~]{1,255}$", "maxLength": 255}
QUERY: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 10},
    "offset": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
    "status": enum(Status),
    "method": enum(Method),
    "order_id": id_of("order"),
    "created_from": TIME,
    "created_to": TIME,
}
CURSORS = ("starting_after", "ending_before")
PREFER: Schema = {
    "type": "string",
    "pattern": "^wait=([0-9]|[12][0-9]|30)$",
    "description": f"`wait=5` waits so many seconds for the outcome, at most {MAX_WAIT_S}.",
}


def of_route(path: str, doc: Doc) -> list[Schema]:
    """`page:order` stands for a list's limit and its two cursors, which are ids of orders."""
    found = [
        _parameter(name, "path", KEY if "key" in name else PATH_IDS.get(collection, id_of("pay")))
        for collection, name in re.findall(r"(\w+)/{(\w+)}", path)
    ]
    for name in doc.parameters:
        kind, _, prefix = name.partition(":")
        if kind == "page":
            id = KEY_ID if prefix == API_KEY else id_of(prefix)
            found += [_parameter(cursor, "query", id) for cursor in CURSORS]
            found.append(_parameter("limit", "query", QUERY["limit"]))
        elif name == "prefer":
            found.append(_parameter("Prefer", "header", PREFER))
        else:
            found.append(_parameter(name, "query", QUERY[name]))
    return [*found, _parameter("Idempotency-Key", "header", KEY)] if doc.keyed else found


def _parameter(name: str, place: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}
