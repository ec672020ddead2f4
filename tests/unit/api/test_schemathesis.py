"""Whatever the OpenAPI document allows or forbids may be sent: never a 500, always a documented answer."""

import asyncio
import json
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from config.container import Gateway
from config.in_memory import in_memory, work
from core.domain.instrument import Upi
from core.domain.merchant import Account, Mode
from core.domain.money import Money
from core.domain.operation import Kind
from entrypoints.api.app import create_app

# Of each route, after those that the schema's edges suggest: all of it in half a minute.
EXAMPLES, EXAMPLES_WITHOUT_KEY = 10, 2
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]

Json = dict[str, Any]


async def furnish(gateway: Gateway) -> tuple[dict[str, str], dict[str, str]]:
    """A merchant's credentials, and an object of each kind, by the word before its id in a path."""
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    pair, account = created.keys[Mode.TEST], Account(created.merchant.id, Mode.TEST)
    made = await gateway.create_endpoint()(account, pair.id, "https://shop.example/hook")
    order = await gateway.create_order()(account, Money(50_000, "INR"))
    payment = await gateway.create_payment()(account, order.id, Upi("asha@okbank"))
    await work(gateway)
    asked = await gateway.request_operation()(account, pair.id, payment.id, Kind.REFUND, 100)
    spare = await gateway.create_key()(account, pair.id)
    [delivery], _ = await gateway.queries().deliveries(account, limit=1, offset=0)
    return {"X-Api-Key": pair.id, "X-Api-Secret": pair.secret}, {
        "orders": order.id, "payments": payment.id, "return": payment.id, "refunds": asked.operation.id,
        "webhook_endpoints": made.endpoint.id, "webhooks": delivery.id, "api_keys": spare.key.id,
        "events": delivery.event_id,
    }  # fmt: skip


def furnished(document: Json, objects: dict[str, str]) -> Json:
    """The document, in which ids are those of objects that exist, or of none."""
    document = json.loads(json.dumps(document))
    for path, methods in document["paths"].items():
        before = path.partition("/{")[0].rpartition("/")[2]
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and before in objects and "key" not in parameter["name"]:
                    absent = objects[before][:-8] + "00000000"
                    parameter["schema"]["enum"] = [objects[before], absent]
    return document


gateway = in_memory()
app = create_app(gateway)
credentials, objects = asyncio.run(furnish(gateway))
schema = schemathesis.openapi.from_dict(
    furnished(app.openapi(), objects),
    config=schemathesis.Config.from_dict({
        "generation": {"deterministic": True, "database": "none", "with-security-parameters": False},
    }),
)  # fmt: skip
schema.app = app
WITHOUT_KEY: tuple[dict[str, str], ...] = (
    {}, {"X-Api-Key": credentials["X-Api-Key"], "X-Api-Secret": "wrong"}, {"Authorization": "Bearer of nothing"},
)  # fmt: skip


def bounded(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def check(case: schemathesis.Case, headers: dict[str, str]) -> schemathesis.Response:
    """The answer, which is no 500, is documented, and has the one shape when it is an error."""
    response = case.call(headers=headers)
    assert response.status_code < 500 or case.path == "/health", response.text
    case.validate_response(response, checks=CHECKS, headers=headers)
    if response.status_code >= 400 and case.path != "/health":
        body = response.json()
        error = body["error"]
        assert body.keys() == {"error"}
        assert error["request_id"] == response.headers["x-request-id"][0]
        assert {"code", "description"} <= error.keys()
    return response


def is_elsewhere(response: schemathesis.Response) -> bool:
    return bool(response.status_code == 404 and response.json()["error"]["reason"] == "path_not_found")


@schema.parametrize()
@bounded(EXAMPLES)
def test_every_answer_is_a_documented_one(case: schemathesis.Case) -> None:
    check(case, credentials)


@schema.parametrize()
@bounded(EXAMPLES_WITHOUT_KEY)
def test_without_the_right_key_every_answer_of_a_merchants_route_is_401(case: schemathesis.Case) -> None:
    """However sound or unsound the request is otherwise: nothing of it is looked at before."""
    is_guarded = bool(case.operation.definition.raw["security"])
    for headers in WITHOUT_KEY:
        response = check(case, headers)
        if case.method != case.operation.method.upper() or is_elsewhere(response):
            continue  # another method is tried as well, and a path with a part that is empty
        if is_guarded:
            assert response.status_code == 401, (headers, response.text)
            assert response.json()["error"]["code"] == "AUTHENTICATION_ERROR"
        else:
            assert response.status_code not in (401, 403) or case.path.startswith("/processors/")
