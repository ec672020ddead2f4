"""The OpenAPI document: what really happens on each route, success and error."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from starlette.routing import Route

from entrypoints.api import parameters
from entrypoints.api.answer_examples import ANSWERS, ERRORS
from entrypoints.api.routing import Doc, Door
from entrypoints.api.schemas import SCHEMAS, Schema, ref
from entrypoints.api.scopes import either

EVENT_STREAM = "text/event-stream"
SECURITY = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "ApiSecret": {"type": "apiKey", "in": "header", "name": "X-Api-Secret"},
    "Basic": {"type": "http", "scheme": "basic", "description": "The key as name, its secret as password."},
}
HEADERS: dict[str, Schema] = {
    "X-Request-Id": {"schema": {"type": "string"}, "description": "The client's own, if it is sane."},
    "Retry-After": {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds."},
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": 'The limit that applies, if one does: `"key";q=1000;w=1` is 1000 requests in a second.',
    },
    "RateLimit": {
        "schema": {"type": "string"},
        "description": 'What is left of it: `"key";r=998;t=1` is 998 now, and all of it again in a second.',
    },
    "Idempotent-Replayed": {"schema": {"const": "true"}, "description": "On the answer to a repeat."},
}
LIMITS = ("RateLimit-Policy", "RateLimit")
ABOUT = (
    "Amounts are integers in minor units, times ISO-8601 UTC. Every error has the one shape of `Error`, and "
    "every answer an `X-Request-Id`. A declined payment is not an error: its status is `failed`."
)


def document(routes: Iterable[Route]) -> dict[str, Any]:
    schemas = dict(SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        door = route.endpoint
        assert isinstance(door, Door) and route.methods
        method = min(route.methods - {"HEAD"}).lower()
        path = route.path.replace(":path}", "}")
        paths.setdefault(path, {})[method] = _operation(route.name, path, door, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment gateway", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY, "headers": HEADERS},
    }


def _operation(name: str, path: str, door: Door, schemas: dict[str, Schema]) -> dict[str, Any]:
    doc = door.doc
    summary, _, description = (door.__doc__ or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [doc.tag],
        "summary": summary,
        "description": " ".join([*description.split(), *_needs(door)]),
        "parameters": parameters.of_route(path, doc),
        "responses": _errors(path, door) | _answers(doc),
        "security": [] if door.is_public else [{"ApiKey": [], "ApiSecret": []}, {"Basic": []}],
    }
    if doc.body is not None:
        operation["requestBody"] = _body(doc, schemas)
    return operation


def _needs(door: Door) -> list[str]:
    """Which keys it is for."""
    return [] if door.is_public else [f"Needs an API key with the scope {either(door.scopes)}."]


def _body(doc: Doc, schemas: dict[str, Schema]) -> Schema:
    assert isinstance(doc.body, TypeAdapter)
    schema = doc.body.json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs", {})
    examples = {name: {"value": value} for name, value in doc.examples.items()}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _answers(doc: Doc) -> Schema:
    statuses = {doc.status: doc.answer} | doc.others
    headers = _headers("X-Request-Id", *LIMITS, *(["Idempotent-Replayed"] if doc.keyed else []))
    return {
        str(status): {**_answer(answer, doc.content_type), **headers} for status, answer in statuses.items()
    }


def _headers(*names: str) -> Schema:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}


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


def _errors(path: str, door: Door) -> dict[str, Schema]:
    doc = door.doc
    statuses = {429, 503, *doc.errors}
    statuses |= set() if door.is_public else {401, 403}
    has_cursor = any(name.startswith("page:") for name in doc.parameters)
    statuses |= {404} if "{" in path or has_cursor else set()
    statuses |= {400} if doc.parameters else set()
    statuses |= {400, 413, 415} if doc.body is not None else set()
    statuses |= {400, 409, 422} if doc.keyed else set()
    return {str(status): _error(status) for status in sorted(statuses)}


def _error(status: int) -> Schema:
    description, example = ERRORS[status]
    content = {"schema": ref("Error"), "example": {"error": example}}
    headers = _headers(
        "X-Request-Id", *(["Retry-After"] if status in (429, 503) else []), *(LIMITS if status == 429 else [])
    )
    return {"description": description, "content": {"application/json": content}, **headers}
