"""What a refusal of PostgreSQL means to those who asked."""

from adapters.postgres.line import Refusal
from core.domain.errors import ConcurrentUpdate, Unavailable

# SQLSTATEs (PostgreSQL manual, appendix A): lock_not_available, deadlock_detected, serialization_failure.
_HELD = {"55P03", "40P01", "40001"}
_NOT_UNIQUE = "23505"
# undefined_table, undefined_column, undefined_function, invalid_schema_name.
_NO_TABLES = {"42P01", "42703", "42883", "3F000"}
# read_only_sql_transaction, and the classes connection, resources, intervention, system.
_AWAY, _AWAY_CLASSES = {"25006"}, ("08", "53", "57P", "58")
_TOO_SLOW = "57014"  # query_canceled: statement_timeout, or an administrator


class DatabaseRefused(Exception):
    """PostgreSQL refused what our own code asked for, a CHECK for example: a bug of ours."""


def meaning_of(refusal: Refusal) -> Exception:
    """A GatewayError where waiting, repeating or migrating helps, and DatabaseRefused otherwise."""
    state = refusal.sqlstate
    if state in _HELD:
        return ConcurrentUpdate("rows locked by another transaction")
    if state == _NOT_UNIQUE:
        return ConcurrentUpdate(refusal.constraint)
    if state in _NO_TABLES:
        return not_migrated()
    if state == _TOO_SLOW:
        return no_answer()
    if state in _AWAY or state.startswith(_AWAY_CLASSES):
        return Unavailable("database_unavailable", f"The database could not do it: {refusal}")
    return DatabaseRefused(str(refusal))


def unreachable() -> Unavailable:
    return Unavailable("database_unavailable", "The database cannot be reached.")


def no_answer() -> Unavailable:
    return Unavailable("database_too_slow", "The database did not answer in time.")


def not_written() -> Unavailable:
    return Unavailable(
        "database_unavailable", "The database did not answer in time. Nothing was written; send it again."
    )


def not_migrated() -> Unavailable:
    return Unavailable(
        "database_not_migrated", "The database does not have our current tables. Run `gateway migrate`."
    )
