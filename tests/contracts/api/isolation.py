"""Every route of the OpenAPI document against what belongs to somebody else: it does not exist, byte for byte."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from tests.contracts.api.client import Api, Json, made, payment_of, refused
from tests.contracts.api.fixtures import Work

LISTING = ("orders", "payments", "events", "webhook_endpoints", "webhooks")  # of keys everybody has one
KEY = "k"  # the Idempotency-Key under which the owner made what there is
# The capabilities of shoppers, who have no account: to know the id is to be allowed.
CAPABILITIES = {
    "get /api/v1/orders/{id}/public", "get /api/v1/orders/{id}/public/payments/{idempotency_key}",
    "get /api/v1/payments/{id}/public", "get /api/v1/payments/{id}/public/stream",
    "get /checkout/3ds/return/{payment_id}", "post /processors/{name}/callbacks",
}  # fmt: skip
PREFIXES = {
    "order": "orders",
    "pay": "payments",
    "rfnd": "refunds",
    "evt": "events",
    "we": "webhook_endpoints",
    "key": "api_keys",
}


@dataclass(frozen=True)
class Question:
    """A request that names something."""

    method: str
    path: str
    query: Json = field(default_factory=dict)
    body: Json | None = None

    async def by(self, api: Api) -> httpx2.Response:
        more: Json = {} if self.body is None else {"json": self.body}
        headers = {"Idempotency-Key": KEY} if self.method == "post" else {}
        return await api.send(self.method.upper(), self.path, params=self.query, headers=headers, **more)


@pytest.fixture
async def objects(api: Api, endpoint: Json, paid: Json, work: Work) -> Json:
    """One of each kind, by the word that stands before it in a path."""
    refund = made(await api.post(f"payments/{paid['id']}/refunds", {"amount": 100}, key=KEY), 201)
    await work()
    wanted = {"since": "2026-01-01T00:00:00Z"}
    replay = made(await api.post(f"webhook_endpoints/{endpoint['id']}/replay", wanted), 201)
    return {
        "orders": paid["order_id"], "payments": paid["id"], "refunds": refund["id"],
        "webhook_endpoints": endpoint["id"], "webhooks": made(await api.get("webhooks"))["data"][0]["id"],
        "events": made(await api.get("events"))["data"][0]["id"], "idempotency_keys": KEY,
        "webhook_replays": replay["id"], "api_keys": api.credentials["X-Api-Key"],
    }  # fmt: skip


@pytest.fixture
async def strangers(api: Api) -> dict[str, Api]:
    assert api.other_merchant and api.live
    return {"another merchant": api.other_merchant, "the other mode": api.live}


@pytest.fixture
async def document(api: Api) -> Json:
    return (await api.get("/openapi.json")).json()


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def nothing_like(id: str) -> str:
    """An id of the same form that was never given."""
    return "never-used" if id == KEY else re.sub(r"[A-Za-z0-9]{12,16}$", lambda end: "0" * len(end[0]), id)


def filled(path: str, objects: Json) -> str:
    """KeyError for what nobody has told this test how to fill."""
    return re.sub(r"(\w+)/{\w+}", lambda found: f"{found[1]}/{objects[found[1]]}", path)


def kind_of(schema: Json) -> str | None:
    """The collection whose ids the schema is of."""
    prefix = re.match(r"\^(\w+?)_", schema.get("pattern", ""))
    return PREFIXES.get(prefix[1]) if prefix else None


def example(operation: Json) -> Json | None:
    """A sound body; an empty one where the document shows none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return next((dict(shown["value"]) for shown in content["examples"].values()), {})


def questions(document: Json, objects: Json, own: Json) -> Iterator[tuple[int, Question, Question]]:
    """The status that the stranger must get; what asks for the owner's; the same, of what never was."""
    never = {word: nothing_like(id) for word, id in objects.items()}
    for method, path, operation in operations(document):
        if not operation["security"]:
            continue
        body = example(operation)
        if "{" in path:
            yield (404, *(Question(method, filled(path, these), body=body) for these in (objects, never)))
        for name, value in (body or {}).items():
            kind = PREFIXES.get(str(value).partition("_")[0])
            if kind is not None:
                bodies = [{**(body or {}), name: these[kind]} for these in (objects, never)]
                yield (404, *(Question(method, filled(path, own), body=body) for body in bodies))
        for parameter in operation["parameters"]:
            kind = kind_of(parameter["schema"])
            if parameter["in"] == "query" and kind is not None:
                status = 404 if parameter["name"] in ("starting_after", "ending_before") else 200
                queries = [{parameter["name"]: these[kind]} for these in (objects, never)]
                yield (status, *(Question(method, filled(path, own), query) for query in queries))


def seen(answer: httpx2.Response) -> tuple[int, Any, str]:
    """All of an answer but the request's id."""
    id = answer.headers["x-request-id"]
    headers = [(name, value) for name, value in answer.headers.items() if name != "x-request-id"]
    return answer.status_code, headers, answer.text.replace(id, "")


async def state(api: Api, document: Json, objects: Json) -> dict[str, str]:
    """Everything that its owner can read."""
    paths = [
        filled(path, objects)
        for method, path, operation in operations(document)
        if method == "get" and operation["security"] and "jobs" not in path
    ]
    answers = {path: await api.get(path) for path in paths}
    assert {path for path, answer in answers.items() if answer.status_code != 200} == set()
    return {path: answer.text for path, answer in answers.items()}


async def test_what_belongs_to_another_does_not_exist(
    api: Api, objects: Json, strangers: dict[str, Api], document: Json
):
    before = await state(api, document, objects)  # all of it is there for its owner
    asked = set()
    for name, stranger in strangers.items():
        order = await stranger.order()
        own = {"orders": order["id"], "payments": (await stranger.pay(order))["id"]}
        for status, theirs, nobodys in questions(document, objects, own):
            answer, absent = await theirs.by(stranger), await nobodys.by(stranger)
            assert answer.status_code == status, (name, theirs, answer.text)
            if status == 404:
                refused(answer, 404, "NOT_FOUND_ERROR")
            assert seen(answer) == seen(absent), (name, theirs)
            asked.add((theirs.method, theirs.path))
    assert len(asked) > 20
    assert await state(api, document, objects) == before


async def test_every_route_that_names_something_is_asked(objects: Json, document: Json):
    named = {f"{method} {path}" for method, path, _ in operations(document) if "{" in path}
    guarded = {
        f"{method} {path}" for method, path, operation in operations(document) if operation["security"]
    }
    assert named - guarded == CAPABILITIES
    for route in named & guarded:
        assert "{" not in filled(route, objects)


async def test_lists_have_ones_own_only(strangers: dict[str, Api], objects: Json):
    for stranger in strangers.values():
        for path in LISTING:
            assert made(await stranger.get(path))["data"] == [], path


async def test_anothers_idempotency_key_is_free(strangers: dict[str, Api], objects: Json):
    for stranger in strangers.values():
        order = made(await stranger.post("orders", {"amount": 700}, key=KEY), 201)
        assert order["amount"] == 700
        payment = await stranger.post("payments", payment_of(order), key=KEY + "2")
        assert "idempotent-replayed" not in payment.headers
        made(payment, 201)


async def test_a_capability_shows_nothing_more_to_one_with_a_key(
    api: Api, strangers: dict[str, Api], objects: Json, document: Json
):
    """Their routes look at no key: a merchant sees what any shopper does, and no more."""
    assert api.anonymous
    for path in (f"orders/{objects['orders']}/public", f"payments/{objects['payments']}/public"):
        shown = made(await api.anonymous.get(path))
        for stranger in strangers.values():
            assert made(await stranger.get(path)) == shown
