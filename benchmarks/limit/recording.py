"""The rows that accepting one payment changes, as the database itself notes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

# A trigger says what becomes of rows, however the statement was put that changed them.
_NOTE = """
CREATE SCHEMA recording;
CREATE TABLE recording.changes (number bigserial, xid xid8 DEFAULT pg_current_xact_id(), name text, verb text,
    before jsonb, after jsonb);
CREATE FUNCTION recording.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO recording.changes (name, verb, before, after) VALUES (
        coalesce(pg_partition_root(TG_RELID), TG_RELID)::regclass::text, TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
    RETURN NULL;
END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
        AND relnamespace = 'public'::regnamespace
    LOOP EXECUTE format('CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW'
        ' EXECUTE FUNCTION recording.note()', name); END LOOP;
END $$
"""
# Of the transactions that made a payment, so that nothing else counts that happened meanwhile.
_CHANGES = """
SELECT name, verb, before, after FROM recording.changes
WHERE xid IN (SELECT xid FROM recording.changes WHERE name = 'payments' AND verb = 'INSERT') ORDER BY number
"""
_TYPES = """
SELECT attrelid::regclass::text, attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 AND NOT attisdropped
"""


@dataclass(frozen=True)
class Change:
    """What became of one row; `types` are its columns'."""

    table: str
    verb: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    types: dict[str, str]


@contextmanager
def recorded(url: str) -> Iterator[list[Change]]:
    """The changes of all payments accepted within, in order; filled in at the end, when nothing is noted any more."""
    changes: list[Change] = []
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(_NOTE)
        try:
            yield changes
            noted = db.execute(_CHANGES).fetchall()
        finally:
            db.execute("DROP SCHEMA recording CASCADE")
        types: dict[str, dict[str, str]] = {}
        for table, column, kind in db.execute(_TYPES, [list({name for name, *_ in noted})]):
            types.setdefault(table, {})[column] = kind
        changes += [Change(*row, types[row[0]]) for row in noted]
