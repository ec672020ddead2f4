"""The OpenAPI document: what really happens on each route, success and error."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from starlette.routing import Route

from core.domain.merchant import Mode
from core.domain.payment import Method, Status
from entrypoints.api.answer_examples import ANSWERS, ERRORS
from entrypoints.api.paging import MAX_LIMIT, MAX_OFFSET
from entrypoints.api.routing import Doc, Endpoint
from entrypoints.api.schemas import SCHEMAS, TIME, UUID, Schema, enum, id_of, ref

PATH_IDS = {
    "orders": id_of("order"), "payments": id_of("pay"), "refunds": id_of("rfnd"), "events": id_of("evt"),
    "webhook_endpoints": id_of("we"), "webhooks": UUID, "processors": enum(Mode),
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
EVENT_STREAM = "text/event-stream"
SECURITY = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "ApiSecret": {"type": "apiKey", "in": "header", "name": "X-Api-Secret"},
    "Basic": {"type": "http", "scheme": "basic", "description": "The key as name, its secret as password."},
}
ABOUT = (
    "Amounts are integers in minor units, times ISO-8601 UTC. Every error has the one shape of `Error`, and "
    "every answer an `X-Request-Id`. A declined payment is not an error: its status is `failed`."
)


def document(routes: Iterable[Route]) -> dict[str, Any]:
    schemas = dict(SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        endpoint = route.endpoint
        assert isinstance(endpoint, Endpoint) and route.methods
        method = min(route.methods - {"HEAD"}).lower()
        path = route.path.replace(":path}", "}")
        paths.setdefault(path, {})[method] = _operation(route.name, path, endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment gateway", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }


def _operation(name: str, path: str, endpoint: Endpoint, schemas: dict[str, Schema]) -> dict[str, Any]:
    doc = endpoint.doc
    summary, _, description = (endpoint.__doc__ or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [doc.tag],
        "summary": summary,
        "description": re.sub(r"\s+", " ", description).strip(),
        "parameters": _parameters(path, doc),
        "responses": _errors(path, endpoint) | _answers(doc),
        "security": [] if endpoint.is_public else [{"ApiKey": [], "ApiSecret": []}, {"Basic": []}],
    }
    if doc.body is not None:
        operation["requestBody"] = _body(doc, schemas)
    return operation


def _parameters(path: str, doc: Doc) -> list[Schema]:
    found = [
        _parameter(name, "path", KEY if "key" in name else PATH_IDS.get(collection, id_of("pay")))
        for collection, name in re.findall(r"(\w+)/{(\w+)}", path)
    ]
    for name in doc.parameters:
        cursor, _, prefix = name.partition(":")
        if cursor == "page":
            found += [
                _parameter(name, "query", id_of(prefix)) for name in ("starting_after", "ending_before")
            ]
            found.append(_parameter("limit", "query", QUERY["limit"]))
        elif name == "prefer":
            found.append(
                _parameter("Prefer", "header", {"type": "string", "pattern": "^wait=([0-9]|[12][0-9]|30)$"})
            )
        else:
            found.append(_parameter(name, "query", QUERY[name]))
    if doc.keyed:
        found.append(_parameter("Idempotency-Key", "header", KEY))
    return found


def _parameter(name: str, place: str, schema: Schema) -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _body(doc: Doc, schemas: dict[str, Schema]) -> Schema:
    assert isinstance(doc.body, TypeAdapter)
    schema = doc.body.json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    examples = {name: {"value": value} for name, value in doc.examples.items()}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _answers(doc: Doc) -> Schema:
    statuses = {doc.status: doc.answer} | doc.others
    return {str(status): _answer(answer, doc.content_type) for status, answer in statuses.items()}


def _answer(name: str | None, content_type: str) -> Schema:
    if name is None and content_type == "application/json":
        return {"description": "Done."}
    return {"description": "Success.", "content": {content_type: _content(name, content_type)}}


def _content(name: str | None, content_type: str) -> Schema:
    if name is None:
        return {"schema": {"type": "string"}}
    if content_type == EVENT_STREAM:
        data = {"type": "string", "contentMediaType": "application/json", "contentSchema": ref(name)}
        return {"itemSchema": {"type": "object", "properties": {"data": data}, "required": ["data"]}}
    return {"schema": ref(name)} | ({"example": ANSWERS[name]} if name in ANSWERS else {})


def _errors(path: str, endpoint: Endpoint) -> dict[str, Schema]:
    doc = endpoint.doc
    statuses = {429, 503, *doc.errors}
    statuses |= set() if endpoint.is_public else {401}
    has_cursor = any(name.startswith("page:") for name in doc.parameters)
    statuses |= {404} if "{" in path or has_cursor else set()
    statuses |= {400} if doc.parameters else set()
    statuses |= {400, 413, 415} if doc.body is not None else set()
    statuses |= {400, 409, 422} if doc.keyed else set()
    return {str(status): _error(status) for status in sorted(statuses)}


def _error(status: int) -> Schema:
    description, example = ERRORS[status]
    content = {"schema": ref("Error"), "example": {"error": example}}
    return {"description": description, "content": {"application/json": content}}
