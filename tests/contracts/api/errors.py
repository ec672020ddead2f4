"""The one shape of every error, whatever is sent, as API.md has it."""

import json
from typing import Any

import pytest

from config.container import Gateway
from core.domain.errors import Limited
from tests.contracts.api.client import Api, card, payment_of, refused


@pytest.fixture
def anybody(api: Api) -> Api:
    assert api.anonymous is not None
    return api.anonymous


UNKNOWN = [
    "/",
    "/nothing",
    "/api/v1",
    "/api/v2/orders",
    "/api/v1/orders/",
    "/api/v1/orders/a/b",
    "/%00",
    "//",
]


async def test_an_unknown_path_is_not_found(anybody: Api):
    for path in UNKNOWN:
        for method in ("GET", "POST", "DELETE"):
            answer = await anybody.send(method, f"http://gateway{path}")
            refused(answer, 404, "NOT_FOUND_ERROR", "path_not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/orders", "GET, HEAD, POST"),
        ("PUT", "/api/v1/orders/order_0000000000000000", "GET, HEAD"),
        ("GET", "/api/v1/payments/public", None),
        ("POST", "/health", "GET, HEAD"),
        ("OPTIONS", "/api/v1/payments", "GET, HEAD, POST"),
        ("PUT", "/api/v1/webhook_endpoints/we_0000000000000000", "DELETE, GET, HEAD, PATCH"),
    ],
)
async def test_a_wrong_method_says_which_are_right(anybody: Api, method: str, path: str, allowed: str | None):
    answer = await anybody.send(method, path)
    if allowed is None:  # it reads like the id of a payment
        refused(answer, 401, "AUTHENTICATION_ERROR")
    else:
        refused(answer, 405, reason="method_not_allowed")
        assert answer.headers["allow"] == allowed


async def test_a_sane_request_id_is_taken(api: Api):
    for given in ("abc-123", "A.b_C" * 20):
        answer = await api.send("GET", "orders/nonsense", headers={"X-Request-Id": given})
        assert refused(answer, 404, "NOT_FOUND_ERROR")["request_id"] == given
    for given in ("a b", "x" * 129, "<script>", ""):
        answer = await api.send("GET", "orders", headers={"X-Request-Id": given})
        assert answer.headers["x-request-id"].startswith("req_")
    ids = {(await api.get("orders")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


async def test_answers_are_not_kept_by_anybody_on_the_way(api: Api):
    for path in ("orders", "orders/nonsense", "/health"):
        headers = (await api.get(path)).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_our_bug_says_nothing_but_the_request_id(
    api: Api, gateway: Gateway, caplog: pytest.LogCaptureFixture
):
    async def fail(*args: Any, **more: Any) -> None:
        raise RuntimeError("the secret of the house")

    gateway.create_order.override(fail)
    answer = await api.post("orders", {"amount": 500})
    error = refused(answer, 500, "SERVER_ERROR")
    assert error.keys() == {"code", "description", "request_id"}
    assert "secret" not in answer.text
    assert "the secret of the house" in caplog.text


async def test_who_asks_too_often_is_told_when_to_come_back(api: Api, gateway: Gateway):
    async def limit(*args: Any, **more: Any) -> None:
        raise Limited(7)

    gateway.create_order.override(limit)
    answer = await api.post("orders", {"amount": 500})
    refused(answer, 429, "RATE_LIMIT_ERROR", "rate_limited")
    assert answer.headers["retry-after"] == "7"


async def test_a_card_shows_up_in_no_refusal_and_no_log(
    api: Api, gateway: Gateway, caplog: pytest.LogCaptureFixture
):
    async def fail(*args: Any, **more: Any) -> None:
        raise RuntimeError("broken")

    gateway.create_payment.override(fail)
    answer = await api.post(
        "payments", payment_of(await api.order(), card=card("4111 1111 1111 1111", cvv="987"))
    )
    refused(answer, 500, "SERVER_ERROR")
    assert json.dumps(answer.json()).count("4111") == 0
    assert "4111" not in caplog.text and "987" not in caplog.text
