"""The one shape of every error, whatever is sent, as API.md has it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from config.container import Gateway
from core.domain.errors import Limited
from tests.contracts.api.client import Api, Json, card, made, payment_of, refused
from tests.contracts.api.fixtures import Later

KIB = 1024


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


MALFORMED = [
    b"", b"{", b"nonsense", b"[]", b'"text"', b"7", b"null", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} {}', b"\xff\xfe{}",
    b'{"amount": 500, "receipt": "\xe4"}', b"\xef\xbb\xbf{}", '{"amount": 500}'.encode("utf-16"), b'{"a": "\x00"}',
    b'{"amount": NaN}', b'{"amount": Infinity}', b'{"amount": -Infinity}', b'{"amount": 0x1f4}', b'{"amount": 0500}',
    b"[" * 60_000, b'{"a":' * 10_000, b'{"amount": 500, "a": ' + b"[" * 40 + b"]" * 40 + b"}",
    b'{"amount": ' + b"9" * 5_000 + b"}", b'{"a": "\\ud8"}',
]  # fmt: skip


async def test_malformed_json_is_refused(api: Api):
    for content in MALFORMED:
        refused(await api.raw("orders", content), 400, reason="malformed_json")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"amount": 500, "amount": 600}', "amount"),
        (b'{"amount": 500, "notes": {"a": "x", "a": "x"}}', "a"),
        (b'{"amount": 500, "\\ud800": 1, "\\ud800": 2}', "\\ud800"),
    ],
)
async def test_a_field_twice_is_refused(api: Api, content: bytes, field: str):
    refused(await api.raw("orders", content), 400, reason="duplicate_field", field=field)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b'{"amount": 500, "receipt": "a\\u0000b"}', "receipt"),
        (b'{"amount": 500, "receipt": "\\ud800"}', "receipt"),
        (b'{"amount": 500, "receipt": "\\udc00\\ud800"}', "receipt"),
        (b'{"amount": 500, "notes": {"a": "\\u0000"}}', "notes.a"),
        (b'{"amount": 500, "notes": {"\\u0000": "a"}}', "notes.\\0"),
        (b'{"amount": 500, "unknown": [{"x": "\\udfff"}]}', "unknown.0.x"),
    ],
)
async def test_text_that_no_database_holds_is_refused(api: Api, content: bytes, field: str):
    refused(await api.raw("orders", content), 400, reason="invalid_text", field=field)


async def test_escaped_text_is_text(api: Api):
    order = made(await api.raw("orders", b'{"amount": 500, "receipt": "\\ud83d\\ude42 \\u00e4"}'), 201)
    assert order["receipt"] == "🙂 ä"


@pytest.mark.parametrize(
    "number", [b"9007199254740992", b"-9007199254740992", b"1e400", b"1e308", b"123456789012345678901"]
)
async def test_a_number_that_json_cannot_hold_is_refused(api: Api, number: bytes):
    answer = await api.raw("orders", b'{"amount": 500, "unknown": ' + number + b"}")
    refused(answer, 400, reason="number_out_of_range", field="unknown")


JSON_TYPES = ("application/json", "application/json; charset=utf-8", 'Application/JSON ;charset="UTF-8"')
OTHER_TYPES = (
    "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json",
    "application/json; charset=latin1", "multipart/form-data; boundary=x", "application/xml",
)  # fmt: skip


async def test_json_has_a_few_spellings(api: Api):
    for content_type in JSON_TYPES:
        made(await api.raw("orders", b'{"amount": 500}', content_type=content_type), 201)


async def test_another_content_type_is_not_looked_at(api: Api):
    for content_type in OTHER_TYPES:
        answer = await api.raw("orders", b'{"amount": 500}', content_type=content_type)
        refused(answer, 415, reason="unsupported_media_type")


def body_of(size: int) -> bytes:
    start = b'{"amount": 500, "x": "'
    return start + b"x" * (size - len(start) - 2) + b'"}'


async def test_a_body_has_at_most_64_kib(api: Api):
    made(await api.raw("orders", body_of(64 * KIB)), 201)
    refused(await api.raw("orders", body_of(64 * KIB + 1)), 413, reason="body_too_large")
    refused(await api.raw("orders", body_of(10 * KIB * KIB)), 413, reason="body_too_large")


async def test_a_body_in_chunks_has_at_most_64_kib(api: Api):
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b" " * KIB

    headers = {"Content-Type": "application/json"}
    answer = await api.send("POST", "orders", content=chunks(), headers=headers)
    refused(answer, 413, reason="body_too_large")


WITHOUT: list[Json] = [
    {},
    {"X-Api-Key": "right"},
    {"X-Api-Secret": "right"},
    {"X-Api-Key": "right", "X-Api-Secret": "wrong"},
    {"X-Api-Key": "right", "X-Api-Secret": ""},
    {"X-Api-Key": "key_test_unknown", "X-Api-Secret": "right"},
    {"X-Api-Key": "nonsense", "X-Api-Secret": "right"},
    {"X-Api-Key": "right", "X-Api-Secret": b"\xff"},
    {"Authorization": "Bearer right"},
    {"Authorization": "Basic nonsense"},
    {"Authorization": "Basic " + b64encode(b"no colon").decode()},
    {"Authorization": "Basic " + b64encode(b"key_test_\0:x").decode()},
    {"Authorization": "Basic " + b64encode(b"\xff:x").decode()},
]


async def test_without_credentials_nothing_else_is_looked_at(api: Api, anybody: Api):
    for headers in WITHOUT:
        right = {
            name: api.credentials[name] if value == "right" else value for name, value in headers.items()
        }
        for method, path in (("POST", "orders"), ("GET", "orders/nonsense"), ("GET", "merchant")):
            for content in (b"", b"{", b"x" * 70_000):
                answer = await anybody.send(method, path, headers=right, content=content)
                error = refused(answer, 401, "AUTHENTICATION_ERROR", "invalid_credentials")
                assert error["description"] == "Invalid API credentials"
                assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_the_pair_may_come_as_http_basic(api: Api, anybody: Api):
    pair = f"{api.credentials['X-Api-Key']}:{api.credentials['X-Api-Secret']}".encode()
    for scheme in ("Basic", "basic"):
        headers = {"Authorization": f"{scheme} {b64encode(pair).decode()}"}
        assert made(await anybody.send("GET", "merchant", headers=headers))["id"] == api.merchant_id


async def test_a_revoked_key_is_wrong(api: Api, gateway: Gateway, later: Later):
    made(await api.get("merchant"))
    async with gateway.uow().begin() as tx:
        key = await tx.api_keys.get(api.credentials["X-Api-Key"])
        key.revoked_at = gateway.clock()()
    await later(4)  # what is known of keys may be three seconds old
    refused(await api.get("merchant"), 401, "AUTHENTICATION_ERROR")


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
