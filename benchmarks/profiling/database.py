"""What PostgreSQL did: statements and their time, rows by table, transactions, WAL."""

from collections import Counter
from dataclasses import dataclass, field

import psycopg

SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "on"}
_STATEMENTS = r"""
SELECT regexp_replace(query, '\s+', ' ', 'g'), calls, total_exec_time + total_plan_time, rows
FROM pg_stat_statements s JOIN pg_roles ON pg_roles.oid = userid WHERE query !~ 'pg_stat' ORDER BY 3 DESC
"""
_ROWS = """
SELECT coalesce(pg_partition_root(relid), relid)::regclass::text, sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_hot_upd),
    sum(n_tup_del) FROM pg_stat_user_tables GROUP BY 1
"""
_SUMS = """
SELECT xact_commit, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint FROM pg_stat_database
WHERE datname = current_database()
"""


@dataclass(frozen=True)
class Spent:
    """One statement: how often, how long (planned and executed), and the rows it returned or changed."""

    sql: str
    calls: int
    ms: float
    rows: int


@dataclass
class Activity:
    """Of the database since it was reset."""

    statements: list[Spent] = field(default_factory=list)
    rows: dict[str, Counter[str]] = field(default_factory=dict)
    commits: int = 0
    wal_bytes: int = 0


class Watch:
    """Counts from its making."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(url, autocommit=True)
        self._db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self._before = self._now()
        self._db.execute("SELECT pg_stat_statements_reset()")

    def activity(self) -> Activity:
        """Until now; and the end of it."""
        statements = [Spent(*row) for row in self._db.execute(_STATEMENTS).fetchall()]
        now, before = self._now(), self._before
        self._db.close()
        for table, counted in now.rows.items():
            counted.subtract(before.rows.get(table, Counter()))
        return Activity(statements, now.rows, now.commits - before.commits, now.wal_bytes - before.wal_bytes)

    def _now(self) -> Activity:
        # Each server process tells what it did when it is idle for a while, or asked.
        self._db.execute("SELECT pg_stat_force_next_flush()")
        [(commits, wal_bytes)] = self._db.execute(_SUMS).fetchall()
        rows = {
            table: Counter(inserted=inserted, updated=updated, hot=hot, deleted=deleted)
            for table, inserted, updated, hot, deleted in self._db.execute(_ROWS).fetchall()
        }
        return Activity([], rows, commits, wal_bytes)
