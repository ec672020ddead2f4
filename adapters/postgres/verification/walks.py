"""How each table is gone through, a span at a time, without reading it as a whole."""

from adapters.postgres.line import Statement, Step
from adapters.postgres.literals import one
from ports.verification import LAST, Span, Walk

PAGES_TAKEN = 1_000  # of a table that is gone through in the order of its pages

_PLACES = {
    Walk.ORDERS: ("orders", "id"), Walk.PAYMENTS: ("payments", "id"), Walk.EVENTS: ("events", "id"),
    Walk.DELIVERIES: ("deliveries", "id"), Walk.JOBS: ("jobs", "id"), Walk.BOOK: ("simulator.lines", "key"),
}  # fmt: skip
# Of a table in partitions, all of them.
_SIZE = Statement(
    b"",
    b"SELECT sum(greatest(reltuples, 0))::bigint FROM pg_class WHERE relkind = 'r' AND to_regclass($1) IN (oid,"
    b" (SELECT inhparent FROM pg_inherits WHERE inhrelid = pg_class.oid)) HAVING count(*) > 0",
)
# Returns how many pages there are, and how many rows are on those in question.
_PAGES = Statement(
    b"",
    b"SELECT pg_relation_size('idempotency_keys') / current_setting('block_size')::bigint, count(*)"
    b" FROM idempotency_keys WHERE ctid > $1::tid AND ctid <= $2::tid",
)


def size_step(walk: Walk) -> Step:
    """Returns the number of rows, or no row when there is no such table."""
    return _SIZE, [one("idempotency_keys" if walk is Walk.KEYS else _PLACES[walk][0])]


def span_step(walk: Walk, after: str, limit: int) -> Step:
    """Returns one row, for `span_of`."""
    if walk is Walk.KEYS:
        return _PAGES, [one(_place(_page(after))), one(_place(_page(after) + PAGES_TAKEN))]
    table, key = _PLACES[walk]
    sql = (
        f"SELECT max({key}), count(*) FROM"  # noqa: S608 - the names are our own
        f" (SELECT {key} FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT $2::bigint) AS next"
    )
    return Statement(b"", sql.encode()), [one(after), one(limit)]


def span_of(walk: Walk, after: str, limit: int, answer: tuple[str | int | None, int]) -> Span:
    """The last span is open at its end: what belongs there and is missing has no place that shows it."""
    end, rows = answer
    if walk is not Walk.KEYS:
        is_last = rows < limit
        return Span(after, LAST if is_last else str(end), rows, is_last)
    first, last = _page(after), _page(after) + PAGES_TAKEN
    return Span(_place(first), _place(last), rows, is_last=last >= int(end or 0))


def _page(place: str) -> int:
    return int(place.strip("()").partition(",")[0]) if place else 0


def _place(page: int) -> str:
    """Before a page's first row, as PostgreSQL writes it."""
    return f"({page},0)"
