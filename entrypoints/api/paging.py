"""Which part of a list is asked for."""

from datetime import UTC, datetime

from starlette.requests import Request

from core.domain.errors import Invalid, NotFound
from core.domain.ids import is_id
from core.domain.snapshot import Snapshot
from ports.queries import Page

MAX_LIMIT = 100
MAX_OFFSET = 1_000_000


def read_page(request: Request, prefix: str, noun: str) -> Page:
    """`limit` with `starting_after` or `ending_before`. Raises Invalid, and NotFound for no id of ours."""
    query = request.query_params
    after, before = query.get("starting_after"), query.get("ending_before")
    if after is not None and before is not None:
        raise Invalid("two_cursors", "Send starting_after or ending_before, not both.", field="ending_before")
    if any(cursor is not None and not is_id(cursor, prefix) for cursor in (after, before)):
        raise NotFound(noun)
    return Page(read_limit(request), after, before)


def read_limit(request: Request) -> int:
    return read_number(request, "limit", 10, lowest=1, highest=MAX_LIMIT)


def read_number(request: Request, name: str, default: int, *, lowest: int, highest: int) -> int:
    """Raises Invalid."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and lowest <= int(text) <= highest):
        raise Invalid("invalid_parameter", f"{name} must be {lowest} to {highest}.", field=name)
    return int(text)


def read_time(request: Request, name: str) -> datetime | None:
    """An ISO-8601 time with its zone. Raises Invalid."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return to_time(text.replace(" ", "+"))  # a `+` in a query is a space to most parsers
    except ValueError as error:
        raise Invalid("invalid_parameter", f"{name} {error}", field=name) from None


def to_time(text: object) -> datetime:
    """In UTC. Raises ValueError, in a merchant's words."""
    try:
        time = datetime.fromisoformat(text if isinstance(text, str) else "")
        if time.tzinfo is None:
            raise ValueError("no zone")
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a time like 2026-01-31T12:00:00Z.") from None


def listed(data: list[Snapshot], has_more: bool) -> Snapshot:
    return {"data": data, "has_more": has_more}
