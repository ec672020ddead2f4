"""An answer counts only as it is documented; anything else says nothing about the money."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.acquirer.answers import read_found, read_outcome
from adapters.acquirer.book import read_page, read_token
from adapters.acquirer.wire import Answer
from core.domain.errors import Unavailable
from core.domain.outcome import ActionRequired, Approved, Declined, Pending

KEY, REFERENCE = "op_0VJ8h1Xc9dE3fG5h", "ref_1"
AT, WRITTEN = datetime(2026, 1, 1, 12, tzinfo=UTC), "2026-01-01T12:00:00+00:00"
APPROVED = {"key": KEY, "outcome": "approved", "reference": REFERENCE}
DECLINED = {
    "key": KEY,
    "outcome": "declined",
    "code": "no_funds",
    "description": "No funds.",
    "reference": REFERENCE,
}
ACTION = {"key": KEY, "outcome": "action_required", "url": "https://bank.example/x", "expires_at": WRITTEN,
          "reference": REFERENCE}  # fmt: skip
PENDING = {"key": KEY, "outcome": "pending", "ask_again_at": WRITTEN, "reference": REFERENCE}
NOT_FOUND = {"error": {"code": "operation_not_found"}, "key": KEY}


def answer(status: int, document: Any) -> Answer:
    return Answer(status, document if isinstance(document, bytes) else json.dumps(document).encode())


@pytest.mark.parametrize(
    ("status", "document", "outcome"),
    [
        (200, APPROVED, Approved(REFERENCE)),
        (200, APPROVED | {"network_id": "new", "fee": {"amount": 1}}, Approved(REFERENCE)),
        (402, DECLINED, Declined("no_funds", "No funds.", REFERENCE)),
        (402, DECLINED | {"reference": ""}, Declined("no_funds", "No funds.")),
        (402, {k: v for k, v in DECLINED.items() if k != "reference"}, Declined("no_funds", "No funds.")),
        (200, ACTION, ActionRequired("https://bank.example/x", AT, REFERENCE)),
        (202, PENDING, Pending(AT, REFERENCE)),
    ],
)
def test_what_is_documented_is_understood(status: int, document: Any, outcome: object) -> None:
    assert read_outcome(answer(status, document), KEY) == outcome
    assert read_found(answer(status, document), KEY) == outcome


GARBLE: list[tuple[int, Any]] = [
    (200, b""),
    (200, b"{"),
    (200, b"\xff\xfe"),
    (200, b"null"),
    (200, []),
    (200, {}),
    (200, {"key": KEY}),
    (200, {"key": KEY, "outcome": "succeeded", "reference": REFERENCE}),
    (200, {"key": KEY, "outcome": "approved"}),
    (200, APPROVED | {"key": "op_somebodyElses000"}),  # an answer to another question
    (200, {"outcome": "approved", "reference": REFERENCE}),
    (200, APPROVED | {"reference": ""}),
    (200, APPROVED | {"reference": 7}),
    (200, APPROVED | {"reference": "a b"}),
    (200, APPROVED | {"reference": "x\n"}),
    (200, APPROVED | {"reference": "x" * 256}),
    (202, APPROVED),  # status and body disagree
    (402, APPROVED),
    (200, DECLINED),
    (202, DECLINED),
    (402, DECLINED | {"code": "No Funds"}),
    (402, DECLINED | {"description": ""}),
    (402, DECLINED | {"description": "a\0b"}),
    (402, {"error": {"code": "card_declined"}}),  # a decline in words of its own
    (200, ACTION | {"url": "javascript:alert(1)"}),
    (200, ACTION | {"expires_at": "2026-01-01T12:00:00"}),  # whose noon?
    (200, ACTION | {"expires_at": 1}),
    (200, PENDING),
    (202, PENDING | {"ask_again_at": "soon"}),
]
BUSY: list[tuple[int, Any]] = [
    (409, {"error": {"code": "in_progress"}}),
    (429, {"error": {"code": "too_many_requests"}}),
    (504, {"error": {"code": "bank_silent"}}),
]
REFUSED: list[tuple[int, Any]] = [
    (201, APPROVED),
    (204, b""),
    (301, APPROVED),
    (400, {"error": {"code": "malformed"}}),
    (401, {"error": {"code": "unauthorized"}}),
    (403, DECLINED),
    (404, DECLINED),
    (404, {"error": {"code": "no_such_route"}}),
    (409, {"error": {"code": "something_else"}}),
    (410, b"gone"),
    (422, DECLINED),
    (504, b"proxy"),
]


@pytest.mark.parametrize(
    ("status", "document", "reason"),
    [
        *((*case, "processor_garbled") for case in GARBLE),
        *((*case, "processor_busy") for case in BUSY),
        *((*case, "processor_refused") for case in REFUSED),
        (404, NOT_FOUND, "processor_refused"),
    ],
)
def test_all_else_is_unknown_and_never_a_failure(status: int, document: Any, reason: str) -> None:
    with pytest.raises(Unavailable) as raised:
        read_outcome(answer(status, document), KEY)
    assert raised.value.reason == reason
    assert raised.value.__cause__ is None and REFERENCE not in str(raised.value)


def test_only_the_acquirer_itself_can_say_that_a_key_never_arrived() -> None:
    assert read_found(answer(404, NOT_FOUND), KEY) is None
    for other in (
        {"error": {"code": "operation_not_found"}},
        NOT_FOUND | {"key": "op_somebodyElses000"},
        {"error": {"code": "not_found"}, "key": KEY},
        b"<html>404</html>",
    ):
        with pytest.raises(Unavailable):
            read_found(answer(404, other), KEY)
    with pytest.raises(Unavailable):
        read_found(answer(400, NOT_FOUND), KEY)


LINE = {"key": KEY, "reference": REFERENCE, "kind": "capture", "amount": 5, "currency": "INR", "takes": True,
        "outcome": {"outcome": "approved", "reference": REFERENCE}, "at": WRITTEN}  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        b"[]",
        {"data": [LINE]},
        {"data": [LINE | {"amount": -1}], "has_more": False},
        {"data": [LINE | {"amount": True}], "has_more": False},
        {"data": [LINE | {"amount": 5.0}], "has_more": False},
        {"data": [LINE | {"kind": "payout"}], "has_more": False},
        {"data": [LINE | {"currency": "inr"}], "has_more": False},
        {"data": [LINE | {"outcome": {"outcome": "pending"}}], "has_more": False},
        {"data": [LINE, LINE], "has_more": False},
        {"data": [LINE, LINE | {"key": "a"}], "has_more": False},
        {"data": [], "has_more": True},
    ],
)
def test_a_page_of_the_book_that_cannot_be_right_is_not_believed(page: Any) -> None:
    with pytest.raises(Unavailable):
        read_page(answer(200, page), "")


def test_a_page_that_does_not_move_on_is_not_believed() -> None:
    lines, has_more = read_page(answer(200, {"data": [LINE], "has_more": True}), "")
    assert (lines[0].taken, has_more) == (5, True)
    with pytest.raises(Unavailable):
        read_page(answer(200, {"data": [LINE], "has_more": True}), KEY)
    with pytest.raises(Unavailable):
        read_page(answer(503, {"data": [LINE], "has_more": False}), "")


def test_a_token_is_read_as_strictly() -> None:
    assert read_token(answer(201, {"token": "tok_1"})) == "tok_1"
    for status, body in ((200, {"token": "tok_1"}), (201, {"token": "a b"}), (201, {}), (402, DECLINED)):
        with pytest.raises(Unavailable):
            read_token(answer(status, body))
