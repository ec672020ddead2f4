"""What is no body of ours, as API.md has it."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.api.client import Api, made, refused

KIB = 1024

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
