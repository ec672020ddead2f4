"""A private PostgreSQL and Valkey run from Python wheels, for development and tests."""

from adapters.embedded.postgres import start_postgres
from adapters.embedded.process import CannotStart, Server
from adapters.embedded.valkey import start_valkey

__all__ = ["CannotStart", "Server", "start_postgres", "start_valkey"]
