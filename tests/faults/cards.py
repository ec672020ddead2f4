"""Where a card number of the client's has been left: invariant 5, after every fault."""

from collections.abc import Iterable

from tests.faults.merchant import BAD, GOOD
from tests.faults.program import Program
from tests.faults.site import Site

NUMBERS = (GOOD, BAD)
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"


async def cards_left(site: Site) -> list[str]:
    """In PostgreSQL, table by table, and in the logs of all our processes."""
    found = []
    for (table,) in await site.sql(TABLES):
        query = f"SELECT count(*) FROM {table} AS entry WHERE entry::text LIKE ANY (%s)"
        [(count,)] = await site.sql(query, [f"%{number}%" for number in NUMBERS])
        if count:
            found.append(f"(5) {count} rows of {table} have a card number in them")
    return found + list(_in_logs([*site.programs, *site.removed]))


def _in_logs(programs: Iterable[Program]) -> Iterable[str]:
    for program in programs:
        log = program.log.read_text(errors="replace")
        if any(number in log for number in NUMBERS):
            yield f"(5) a card number is in the log of {program.name}"
