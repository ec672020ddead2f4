"""Bodies, read as I-JSON (RFC 7493): one meaning, whoever reads them."""

import re
from json import JSONDecoder
from typing import Any

from starlette.requests import Request

from core.domain.errors import Invalid
from entrypoints.api.deps import header
from entrypoints.api.errors import TooLarge, WrongContentType
from entrypoints.api.stray_cards import refuse_stray_cards

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1  # what every reader of JSON can hold exactly
# Whatever could hide a NUL, a lone surrogate or a number out of range; bodies without any need no walk.
_SUSPICIOUS = re.compile(r"\\u|\d{16}|\d[eE]")

Body = dict[str, Any]


async def read_body(request: Request, *, optional: bool = False) -> Body:
    """The body's object; with `optional`, none at all is an empty one.

    Raises Invalid, TooLarge, WrongContentType.
    """
    raw = await read_raw(request)
    if optional and not raw:
        return {}
    content_type = header(request, b"content-type") or ""
    if content_type != "application/json" and not _is_json(content_type):
        raise WrongContentType("unsupported_media_type", "Send the body as application/json, in UTF-8.")
    return parse(raw)


async def read_raw(request: Request) -> bytes:
    """All of it, unless it is too large: counted as it comes, since a chunked body does not say its size."""
    declared = header(request, b"content-length") or "0"
    size = int(declared[:12]) if declared[:12].isdecimal() else 0
    chunks: list[bytes] = []
    received = 0
    while max(size, received) <= MAX_BODY_BYTES:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Invalid("incomplete_body", "The connection ended before the body did.")
        chunks.append(message.get("body", b""))
        received += len(chunks[-1])
        if not message.get("more_body", False) and received <= MAX_BODY_BYTES:
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    raise TooLarge("body_too_large", f"The body may have at most {MAX_BODY_BYTES} bytes.")


def parse(raw: bytes) -> Body:
    """Raises Invalid."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    try:
        body = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise _malformed("The body is not valid JSON." if text else "A body is missing. Send JSON.") from None
    if not isinstance(body, dict):
        raise _malformed("The body must be a JSON object.")
    if _SUSPICIOUS.search(text) or text.count("{") + text.count("[") > MAX_DEPTH:
        _check(body, "", MAX_DEPTH)
    refuse_stray_cards(text, body)
    return body


def _object(pairs: list[tuple[str, Any]]) -> Body:
    body: Body = {}
    for name, value in pairs:
        if name in body:
            raise Invalid("duplicate_field", "The body has the same field twice.", field=_shown(name))
        body[name] = value
    return body


def _no_constant(name: str) -> None:
    raise _malformed(f"{name} is not JSON.")


_decoder = JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _check(value: object, field: str, depth: int) -> None:
    """Raises Invalid for text that no database can hold, numbers that no JavaScript can, and too many levels."""
    if depth < 0:
        raise _malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")
    match value:
        case str() if "\0" in value or not _is_encodable(value):
            raise Invalid("invalid_text", "Text may not contain NUL or a lone surrogate.", field=field)
        case dict():
            for name, inner in value.items():
                where = f"{field}.{_shown(name)}" if field else _shown(name)
                _check(name, where, depth)
                _check(inner, where, depth - 1)
        case list():
            for place, inner in enumerate(value):
                _check(inner, f"{field}.{place}", depth - 1)
        case int() | float() if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise Invalid("number_out_of_range", f"The number is beyond ±{MAX_INTEGER}.", field=field)


def _shown(name: str) -> str:
    """A field's name as an error may repeat it."""
    return name[:64].encode("ascii", "backslashreplace").decode().replace("\0", "\\0")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_json(content_type: str) -> bool:
    media_type, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    return media_type.strip() == "application/json" and charset in ("", "charset=utf-8", "charset=utf8")


def _malformed(description: str) -> Invalid:
    return Invalid("malformed_json", description)
