"""How each family of refusal is answered."""

from typing import Any

from core.domain.errors import (
    Busy,
    Forbidden,
    GatewayError,
    Invalid,
    KeyReused,
    Limited,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from core.domain.json_text import to_json_bytes
from core.domain.stray_card import without_cards
from entrypoints.api.answers import Answer, Headers


class MethodNotAllowed(Invalid):
    """The path exists, but not for this method."""

    def __init__(self, allowed: list[str]) -> None:
        names = ", ".join(allowed)
        super().__init__("method_not_allowed", f"This path takes {names}.")
        self.allow = names


class TooLarge(Invalid):
    """The body is larger than any request needs."""


class WrongContentType(Invalid):
    """The body is not declared as JSON."""


class TooSlow(Invalid):
    """The request did not arrive in time."""


class UrlTooLong(Invalid):
    """The URL is longer than any of ours."""


class HeadTooLarge(Invalid):
    """The headers are larger, or more, than any request needs."""


BAD_REQUEST = "BAD_REQUEST_ERROR"
ANSWERS: dict[type[GatewayError], tuple[int, str]] = {
    Invalid: (400, BAD_REQUEST),
    Unauthenticated: (401, "AUTHENTICATION_ERROR"),
    Forbidden: (403, "PERMISSION_ERROR"),
    NotFound: (404, "NOT_FOUND_ERROR"),
    Refused: (400, BAD_REQUEST),
    Busy: (409, "CONFLICT_ERROR"),
    KeyReused: (422, "IDEMPOTENCY_ERROR"),
    Limited: (429, "RATE_LIMIT_ERROR"),
    Unavailable: (503, "SERVICE_UNAVAILABLE"),
    MethodNotAllowed: (405, BAD_REQUEST),
    TooLarge: (413, BAD_REQUEST),
    WrongContentType: (415, BAD_REQUEST),
    TooSlow: (408, BAD_REQUEST),
    UrlTooLong: (414, BAD_REQUEST),
    HeadTooLarge: (431, BAD_REQUEST),
}
CODE_OF_REASON = {
    "invalid_vpa": "INVALID_VPA",
    "invalid_card": "INVALID_CARD",
    "expired_card": "EXPIRED_CARD",
    "invalid_idempotency_key": "IDEMPOTENCY_ERROR",
}


def refusal(error: GatewayError, request_id: str, *, with_details: bool) -> Answer:
    """The answer; details (another payment's id) are for the merchant, never for the shopper's browser."""
    status, code = next(ANSWERS[family] for family in type(error).__mro__ if family in ANSWERS)
    shown: dict[str, Any] = {
        "code": CODE_OF_REASON.get(error.reason, code),
        "description": error.description,
    }
    if error.field is not None:
        # It may be a name that the client made up.
        shown["field"] = without_cards(error.field)
    shown["reason"] = error.reason
    if with_details:
        shown |= error.details
    shown["request_id"] = request_id
    return Answer(status, to_json_bytes({"error": shown}), _headers(error))


def our_bug(request_id: str) -> Answer:
    """Says nothing of what went wrong; the log does, under the same request id."""
    shown = {
        "code": "SERVER_ERROR",
        "description": "Something failed on our side. Quote the request id when you report it.",
        "request_id": request_id,
    }
    return Answer(500, to_json_bytes({"error": shown}))


def _headers(error: GatewayError) -> Headers:
    match error:
        case Limited(retry_after_s=seconds) | Unavailable(retry_after_s=seconds):
            return ((b"retry-after", b"%d" % seconds),)
        case Unauthenticated():
            return ((b"www-authenticate", b'Basic realm="payment gateway", charset="UTF-8"'),)
        case MethodNotAllowed(allow=allow):
            return ((b"allow", allow.encode()),)
    return ()
