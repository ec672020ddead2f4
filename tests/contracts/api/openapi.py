"""The OpenAPI document says what really happens."""

import re

import pytest

from tests.contracts.api.client import Api, Json, made


@pytest.fixture
async def document(api: Api) -> Json:
    assert api.anonymous is not None
    return (await api.anonymous.get("/openapi.json")).json()


def operations(document: Json) -> list[tuple[str, str, Json]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


# Every row of API.md's table of routes.
ROUTES = """
get /health; get /health/live; post /api/v1/orders; get /api/v1/orders; get /api/v1/orders/{id};
get /api/v1/orders/{id}/payments; get /api/v1/orders/{id}/public; post /api/v1/payments; post /api/v1/payments/public;
get /api/v1/payments/{id}; get /api/v1/payments; get /api/v1/payments/{id}/public;
get /api/v1/payments/{id}/public/stream; get /api/v1/orders/{id}/public/payments/{idempotency_key};
get /checkout/3ds/return/{payment_id}; get /api/v1/payments/{id}/timeline; post /api/v1/payments/{id}/capture;
post /api/v1/payments/{id}/void; post /api/v1/payments/{id}/refunds; get /api/v1/refunds/{id};
get /api/v1/payments/{id}/refunds; get /api/v1/webhook_endpoints; post /api/v1/webhook_endpoints;
get /api/v1/webhook_endpoints/{id}; patch /api/v1/webhook_endpoints/{id}; delete /api/v1/webhook_endpoints/{id};
post /api/v1/webhook_endpoints/{id}/rotate_secret; get /api/v1/events; get /api/v1/events/{id}; get /api/v1/webhooks;
get /api/v1/webhooks/{id}; post /api/v1/webhooks/{id}/retry; get /api/v1/idempotency_keys/{key};
get /api/v1/jobs/status; get /api/v1/test/jobs/status; get /api/v1/test/merchant; get /api/v1/merchant;
patch /api/v1/merchant; get /api/v1/api_keys; post /api/v1/api_keys; get /api/v1/api_keys/{id};
post /api/v1/api_keys/{id}/roll; post /api/v1/api_keys/{id}/revoke
"""


async def test_every_route_of_the_contract_is_documented(document: Json):
    written = {f"{method} {path}" for method, path, _ in operations(document)}
    assert {route.strip() for route in ROUTES.split(";")} <= written


async def test_every_operation_says_what_it_is_and_what_may_go_wrong(document: Json):
    ids = set()
    for method, path, operation in operations(document):
        assert operation["summary"], path
        ids.add(operation["operationId"])
        errors = {"429", "503"}
        if operation["security"]:
            errors |= {"401", "403"}
            assert "scope" in operation["description"], path
        if "{" in path:
            errors |= {"404"}
        if method in ("post", "patch") and "requestBody" in operation:
            errors |= {"400", "413", "415"}
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
            errors |= {"400", "409", "422"}
        assert errors <= operation["responses"].keys(), (method, path)
        for status, response in operation["responses"].items():
            content = response.get("content", {})
            if status >= "400" and path != "/health":
                assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
                assert content["application/json"]["example"]["error"]["code"]
    assert len(ids) == len(operations(document))


async def test_credentials_are_two_headers_or_basic(document: Json):
    schemes = document["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey", "http"}
    security = document["paths"]["/api/v1/orders"]["post"]["security"]
    assert security == [{"ApiKey": [], "ApiSecret": []}, {"Basic": []}]
    assert document["paths"]["/api/v1/payments/public"]["post"]["security"] == []


async def test_every_reference_leads_somewhere(document: Json):
    names = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert names <= document["components"]["schemas"].keys()


async def test_the_examples_of_requests_are_accepted(api: Api, document: Json):
    for path in ("/api/v1/orders", "/api/v1/webhook_endpoints", "/api/v1/api_keys"):
        examples = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
        for example in examples.values():
            made(await api.post(path, example["value"]), 201)
    content = document["paths"]["/api/v1/payments"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        order = await api.order()
        made(await api.post("payments", example["value"] | {"order_id": order["id"]}), 201)


async def test_the_readers_page_is_for_development(api: Api):
    assert (await api.get("/docs")).status_code == 200
