"""Brings a database to the current tables."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from adapters.postgres.partitions import ALONE, PARTITIONED, list_partitions, partitions_of

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Apply what is missing. Safe to run by several at once, and again; all of it happens or nothing. The partitions
    of now come after that, in a transaction of their own: who finds the tables as they should be makes them later."""
    # Here, since every process can migrate and few do: 12 MB of each that does not.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    command.upgrade(config, "head")
    _make_room(url)


def _make_room(url: str) -> None:
    """The partitions of now, as the scheduler makes them later (`retention`)."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(ALONE)
        for parts in PARTITIONED:
            found = connection.exec_driver_sql(list_partitions(parts.name))
            existing = partitions_of((name, bounds) for name, bounds in found)
            for statement in parts.missing(existing, datetime.now(UTC)):
                connection.exec_driver_sql(statement)
