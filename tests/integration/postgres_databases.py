"""Databases on the shared PostgreSQL: empty, or with all tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import make_url

from adapters.postgres.migrate import upgrade
from adapters.postgres.tables import metadata

TABLES = ", ".join(sorted(metadata.tables))
_templates: dict[str, str] = {}
_numbers = count(1)


def connect(url: str) -> psycopg.Connection[Any]:
    """A psycopg connection that commits by itself."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@contextmanager
def database(server_url: str, *, template: str = "template0") -> Iterator[str]:
    """The URL of a database that is gone afterwards."""
    name = f"test_{next(_numbers)}"
    with connect(server_url) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield str(make_url(server_url).set(database=name))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def migrated(server_url: str) -> Iterator[str]:
    """As `database`, with our tables; migrating is done once per server."""
    if server_url not in _templates:
        name = f"template_{next(_numbers)}"
        with connect(server_url) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        upgrade(str(make_url(server_url).set(database=name)))
        _templates[server_url] = name
    with database(server_url, template=_templates[server_url]) as url:
        yield url


def empty(url: str) -> None:
    """Forget all rows."""
    with connect(url) as admin:
        admin.execute("SET session_replication_role = replica")  # past the triggers of what is append-only
        admin.execute(f"TRUNCATE {TABLES}")
