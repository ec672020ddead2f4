"""Runs the migrations, one process at a time: whoever comes meanwhile waits, and finds nothing left to do."""

import sqlalchemy as sa
from alembic import context

from adapters.postgres import tables

LOCK = 7_265_421_903  # any number that nobody else locks in this database

engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.NullPool)
with engine.connect() as connection:
    connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK)))
    connection.commit()  # the lock is the session's and stays; Alembic wants to begin by itself
    context.configure(connection=connection, target_metadata=tables.merchants.metadata)
    with context.begin_transaction():
        context.run_migrations()
