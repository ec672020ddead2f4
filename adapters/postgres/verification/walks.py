"""How each table is gone through, a span at a time, without reading it as a whole."""

from adapters.postgres.line import Statement, Step
from adapters.postgres.literals import one
from ports.verification import LAST, Span, Walk

PAGES_TAKEN = 1_000  # of a table that is gone through in the order of its pages

_PLACES = {
    Walk.ORDERS: ("orders", "id"), Walk.PAYMENTS: ("payments", "id"), Walk.EVENTS: ("events", "id"),
    Walk.JOBS: ("jobs", "id"), Walk.BOOK: ("simulator.lines", "key"),
}  # fmt: skip
_KEYS = "idempotency_keys"
_SIZE = Statement(b"", b"SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)")
# Returns the page after the last one, and how many rows there are to a page.
_PAGES = Statement(
    b"",
    b"SELECT pg_relation_size(oid) / current_setting('block_size')::bigint,"
    b" greatest(reltuples, 0) / greatest(relpages, 1) FROM pg_class WHERE oid = $1::regclass",
)


def size_step(walk: Walk) -> Step:
    """One row with the number of rows, if the table is there."""
    return _SIZE, [one(_PLACES[walk][0] if walk in _PLACES else _KEYS)]


def span_step(walk: Walk, after: str, limit: int) -> Step:
    if walk is Walk.KEYS:
        return _PAGES, [one(_KEYS)]
    table, key = _PLACES[walk]
    sql = (
        f"SELECT max({key}), count(*) FROM"  # noqa: S608 - the names are our own
        f" (SELECT {key} FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT $2::bigint) AS next"
    )
    return Statement(b"", sql.encode()), [one(after), one(limit)]


def span_of(walk: Walk, after: str, limit: int, answer: tuple[str | int | None, float]) -> Span:
    """What the answer to `span_step` says."""
    if walk is not Walk.KEYS:
        to, count = answer
        is_last = int(count) < limit
        # The last span is open at its end: what belongs there and is missing has no place to show.
        return Span(after, LAST if is_last else str(to), int(count), is_last)
    pages, per_page = answer
    first = int(after.strip("()").partition(",")[0]) if after else 0
    last = first + PAGES_TAKEN
    is_last = last >= int(pages or 0)
    taken = min(last, int(pages or 0)) - first
    return Span(_page(first), _page(last), round(taken * per_page), is_last)


def _page(number: int) -> str:
    """The place before a page's first row, as PostgreSQL writes it."""
    return f"({number},0)"
