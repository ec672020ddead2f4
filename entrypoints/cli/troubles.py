"""What can go wrong for an operator, in words: what is wrong, then what to do; never a traceback."""

from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from config.settings import Settings, SettingsIncomplete
from core.domain.errors import GatewayError, Unavailable
from entrypoints.cli.console import complain


class Exit(IntEnum):
    """What the exit code says; the last three are those of sysexits.h."""

    FAILED = 1
    USAGE = 2
    UNAVAILABLE = 69  # the database, Redis or the gateway cannot be reached, or does not answer in time
    TAKEN = 73  # a port or a data folder is in use
    CONFIG = 78  # settings or migrations are missing


class Trouble(Exception):
    """The first line says what is wrong, the second what to do about it."""

    def __init__(self, what: str, do: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.do = do
        self.code = code


class Commands(TyperGroup):
    """Commands whose troubles are told in two lines."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None:
                raise
            complain(trouble.what, trouble.do)
            raise typer.Exit(trouble.code) from None


def read_settings() -> Settings:
    """Raises Trouble when one is malformed."""
    try:
        return Settings()
    except ValidationError as error:
        raise _malformed(error) from None


def trouble_of(error: BaseException) -> Trouble | None:
    """None for a bug of ours, which deserves its traceback."""
    if isinstance(error, Trouble):
        return error
    if isinstance(error, BaseExceptionGroup):
        return trouble_of(error.exceptions[0]) if len(error.exceptions) == 1 else None
    if isinstance(error, SettingsIncomplete):
        what, _, do = str(error).partition("\n")
        return Trouble(what, do, Exit.CONFIG)
    if isinstance(error, Unavailable):
        return _away(error)
    if isinstance(error, GatewayError):
        return Trouble(error.description)
    return None


def _away(error: Unavailable) -> Trouble:
    if error.reason == "database_not_migrated":
        return Trouble("The database does not have our current tables.", "Run: gateway migrate", Exit.CONFIG)
    settings = read_settings()
    if error.reason == "database_too_slow":
        return Trouble(
            f"The database at {_place(settings.database_url)} is there, but did not answer in time.",
            "Look at its load, its disk and pg_stat_activity; after a restore or a bulk load run ANALYZE. Then"
            " try again.",
            Exit.UNAVAILABLE,
        )
    if error.reason.startswith("database"):
        return Trouble(
            f"The database at {_place(settings.database_url)} cannot be reached.",
            "Start PostgreSQL, or correct GATEWAY_DATABASE_URL.",
            Exit.UNAVAILABLE,
        )
    if error.reason.startswith(("queue", "coordination")):
        return Trouble(
            f"Redis at {_place(settings.redis_url)} cannot be reached.",
            "Start Redis, or correct GATEWAY_REDIS_URL.",
            Exit.UNAVAILABLE,
        )
    return Trouble(error.description, "Try again later.", Exit.UNAVAILABLE)


def _place(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def _malformed(error: ValidationError) -> Trouble:
    first, prefix = error.errors()[0], Settings.model_config["env_prefix"]
    name = str(first["loc"][0])
    variable = prefix + name.upper() if name in Settings.model_fields else name
    return Trouble(
        f"{variable} is malformed: {first['msg'].lower()}.",
        ".env.example explains every setting.",
        Exit.CONFIG,
    )
