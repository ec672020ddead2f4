"""The migrations: they make the tables that the code describes, whoever runs them at once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql.base import ischema_names

from adapters.postgres.database import Database
from adapters.postgres.migrate import MIGRATIONS, upgrade
from adapters.postgres.queries import PostgresQueries
from adapters.postgres.schema import Xid8
from adapters.postgres.tables import REVISION, metadata
from core.domain.errors import Unavailable
from tests.integration.postgres_databases import connect, database, migrated

ROOT = Path(__file__).parents[2]

# Everything that PostgreSQL knows of our tables, one line per fact.
CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, l.collname,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "options": """
        SELECT relname, reloptions, relkind, pg_get_partkeydef(oid) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace""",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with database(postgres_url) as url:
        yield url


def catalog(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with connect(url) as admin:
        found = {name: admin.execute(query).fetchall() for name, query in CATALOG.items()}
    ours = {
        name: sorted((row for row in rows if is_ours(str(row[0]))), key=str) for name, rows in found.items()
    }
    assert all(ours.values()), "it looked at something"
    return ours


def is_ours(relation: str) -> bool:
    """Not the partitions of a time, which are made as it comes (`test_partitions`)."""
    return not relation.startswith("alembic_version") and not re.search(r"_\d{8}", relation)


def test_the_migrated_tables_are_those_of_the_code(postgres_url: str, url: str) -> None:
    engine = sa.create_engine(url)
    metadata.create_all(engine)
    with migrated(postgres_url) as other:
        ours, theirs = catalog(url), catalog(other)
        for name in CATALOG:
            assert theirs[name] == ours[name], name
    engine.dispose()


def test_alembic_finds_nothing_to_do(postgres_url: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ischema_names, "xid8", Xid8)
    with migrated(postgres_url) as migrated_url:
        engine = sa.create_engine(migrated_url)
        with engine.connect() as connection:
            options: dict[str, Any] = {
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            }
            assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        engine.dispose()


def test_four_at_once_migrate_once(url: str) -> None:
    """As processes, from another folder, as an installed package would be run."""
    code = "import sys; from adapters.postgres.migrate import upgrade; upgrade(sys.argv[1])"
    python = [sys.executable, "-c", code, url]
    environment = {"PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(python, cwd="/", env=environment) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    upgrade(url)
    with connect(url) as admin:
        assert admin.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
        assert admin.execute("SELECT count(*) FROM payments").fetchall() == [(0,)]


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    with connect(url) as admin:
        admin.execute("CREATE TABLE jobs (in_the_way text)")  # the last table of all
        with pytest.raises(sa.exc.ProgrammingError, match="jobs"):
            upgrade(url)
        admin.execute("DROP TABLE jobs")
    upgrade(url)


def test_keys_and_audit_entries_from_before_0002_go_on(url: str) -> None:
    """And a process of the release before, which does not know the new columns, can still make a key."""
    key = (
        "INSERT INTO api_keys (id, merchant_id, mode, secret_hash, created_at, version)"
        " VALUES (%s, 'mer_x', 'test', 'x', now(), 1)"
    )
    entry = (
        "INSERT INTO audit_entries"
        " (id, merchant_id, mode, actor, action, target_id, before, after, created_at, version)"
        " VALUES (%s, 'mer_x', 'test', 'operator', 'made', 'x', '{}', '{}', now(), 1)"
    )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "0001")
    with connect(url) as admin:
        admin.execute(key, ("key_test_1",))
        admin.execute(entry, ("aud_1",))
        upgrade(url)
        admin.execute(key, ("key_test_2",))
        admin.execute(entry, ("aud_2",))
        scopes = admin.execute("SELECT id, scope, expires_at FROM api_keys ORDER BY id").fetchall()
        assert scopes == [("key_test_1", "full", None), ("key_test_2", "full", None)]
        in_order = admin.execute("SELECT id FROM audit_entries ORDER BY xid, id").fetchall()
        assert in_order == [("aud_1",), ("aud_2",)]


def test_the_code_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions[0] == REVISION
    assert revisions == sorted(revisions, reverse=True), "they are compared as text"


async def test_ping_says_what_to_do_about_a_database_without_tables(url: str) -> None:
    reached = Database(url)
    queries = PostgresQueries(reached)
    with pytest.raises(Unavailable, match="gateway migrate") as refused:
        await queries.ping()
    assert refused.value.reason == "database_not_migrated"
    upgrade(url)
    await queries.ping()
    with connect(url) as admin:
        admin.execute("UPDATE alembic_version SET version_num = '9999'")
        await queries.ping()  # migrated for the release that is being rolled out
        admin.execute("DELETE FROM alembic_version")
    with pytest.raises(Unavailable, match="gateway migrate"):
        await queries.ping()
    await reached.close()


async def test_ping_says_that_nobody_is_there(free_port: int) -> None:
    reached = Database(f"postgresql+psycopg://postgres@127.0.0.1:{free_port}/gateway")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await PostgresQueries(reached).ping()
    await reached.close()
