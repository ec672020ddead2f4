"""On what terms we connect: how long each step may take, and the settings of every session."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import make_url


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, each the longest that one step may take; and how many connections may be lent at once."""

    connect_s: float = 1.0
    lend_s: float = 1.0
    lock_s: float = 0.5
    read_s: float = 1.5
    batch_s: float = 1.5
    commit_s: float = 1.5
    fate_s: float = 1.5
    # A transaction that hears nothing from us for so long is undone by the server.
    silence_s: float = 1.0
    lent: int = 8


def address(url: str, limits: Limits, application_name: str) -> dict[str, Any]:
    """What psycopg's `connect` takes, from SQLAlchemy's kind of URL."""
    settings = {
        "lock_timeout": _millis(limits.lock_s),
        "statement_timeout": _millis(max(limits.batch_s, limits.commit_s, limits.read_s)),
        "idle_in_transaction_session_timeout": _millis(limits.silence_s),
        "default_transaction_isolation": "read\\ committed",
        "synchronous_commit": "on",  # whatever the server's default is: what we confirm is on disk
        "jit": "off",
        "TimeZone": "UTC",
    }
    parsed = make_url(url)
    parts = parsed.translate_connect_args(username="user", database="dbname") | dict(parsed.query)
    options = [parts.pop("options", ""), *(f"-c {name}={value}" for name, value in settings.items())]
    return {
        "application_name": application_name,
        **parts,
        "client_encoding": "utf8",
        "options": " ".join(filter(None, options)),
    }


def _millis(seconds: float) -> int:
    return max(1, round(seconds * 1000))
