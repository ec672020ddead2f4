"""The rules, each a file of SQL that is named after it; `_shared.sql` goes before each of its folder."""

from pathlib import Path

from adapters.postgres.line import Statement
from ports.verification import Rule, Walk

_FOLDER = Path(__file__).parent / "rules"
_FOLDERS = {
    Walk.ORDERS: "orders", Walk.PAYMENTS: "payments", Walk.EVENTS: "events",
    Walk.DELIVERIES: "deliveries", Walk.JOBS: "jobs", Walk.KEYS: "keys",
}  # fmt: skip


def _read(*names: str) -> Statement:
    """The files one after the other, as one statement."""
    texts = [_FOLDER / f"{name}.sql" for name in names]
    return Statement(b"", b"\n".join(path.read_bytes() for path in texts if path.exists()))


def _rules(folder: str) -> dict[Rule, Statement]:
    paths = sorted((_FOLDER / folder).glob("[!_]*.sql"))
    return {Rule(path.stem): _read(f"{folder}/_shared", f"{folder}/{path.stem}") for path in paths}


RULES = {walk: _rules(folder) for walk, folder in _FOLDERS.items()}
# Of the lines of a book: those of which we know nothing, and the operations of which they say something else.
BOOK_HERE, BOOK_SENT = (
    (_read(f"book/{lines}", "book/book_line"), _read(f"book/{lines}", "book/suspects"))
    for lines in ("_here", "_sent")
)
WEIGHING = _rules("weighing")

assert {rule for rules in (*RULES.values(), WEIGHING) for rule in rules} == {*Rule} - {Rule.BOOK_LINE}
