"""A callback is believed only with a fresh signature of the one who knows the secret."""

import json

import pytest

from adapters.acquirer.callbacks import SignedCallbacks
from adapters.memory.clock import MemoryClock
from core.domain.errors import Invalid, Unauthenticated
from core.domain.signing import hex_hmac
from tests.factories import NOW

SECRET, KEY = "the-callback-secret", "op_0VJ8h1Xc9dE3fG5h"
BODY = json.dumps({"id": "cb_1", "type": "operation.updated", "key": KEY}).encode()
AT = str(int(NOW.timestamp()))


def signed(body: bytes = BODY, at: str = AT, secret: str = SECRET) -> dict[str, str]:
    signature = hex_hmac(secret, at.encode() + b"." + body)
    return {"processor-timestamp": at, "processor-signature": f"v1={signature}"}


@pytest.fixture
def callbacks() -> SignedCallbacks:
    return SignedCallbacks(MemoryClock(NOW), SECRET)


def test_what_the_processor_signed_is_read(callbacks: SignedCallbacks) -> None:
    assert callbacks.read(signed(), BODY) == KEY
    for offset_s in (-300, 300):
        assert callbacks.read(signed(at=str(int(AT) + offset_s)), BODY) == KEY


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        (signed(), BODY + b" "),
        (signed(secret="another"), BODY),
        (signed(secret=""), BODY),
        (signed() | {"processor-timestamp": str(int(AT) + 1)}, BODY),
        (signed() | {"processor-signature": ""}, BODY),
        (signed() | {"processor-signature": signed()["processor-signature"].upper()}, BODY),
        (signed() | {"processor-signature": "v1=\xff\xff"}, BODY),
        ({"processor-signature": signed()["processor-signature"]}, BODY),
        (signed(at=str(int(AT) - 301)), BODY),  # overheard, and played again
        (signed(at=str(int(AT) + 301)), BODY),
        (signed(at=""), BODY),
        (signed(at="now"), BODY),
        (signed(at="-5"), BODY),
        (signed(at="٣"), BODY),
        (signed(at="9" * 400), BODY),
        (signed(at=AT + ".0"), BODY),
    ],
)
def test_all_else_is_not_the_processor(
    callbacks: SignedCallbacks, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(Unauthenticated):
        callbacks.read(headers, body)


def test_without_a_secret_nobody_is_believed() -> None:
    with pytest.raises(Unauthenticated):
        SignedCallbacks(MemoryClock(NOW), "").read(signed(secret=""), BODY)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"key": 7}', b"\xff"])
def test_signed_nonsense_is_invalid(callbacks: SignedCallbacks, body: bytes) -> None:
    with pytest.raises(Invalid):
        callbacks.read(signed(body), body)
