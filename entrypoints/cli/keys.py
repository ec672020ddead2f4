"""`gateway keys generate`: the secrets that a gateway needs before it runs."""

import secrets
from base64 import b64encode
from datetime import UTC, datetime

import typer

from config.settings import KEY_BYTES
from entrypoints.cli.console import say

app = typer.Typer(no_args_is_help=True, help="API keys, and the secrets of this installation.")


@app.callback()
def keys() -> None:
    """API keys, and the secrets of this installation."""


@app.command("generate")
def generate() -> None:
    """Print a fresh pepper and encryption key, as lines for an env file.

    To rotate the encryption key, put the new one before the old one, with a comma between, restart every
    process, and run `gateway keys rotate`. The pepper stays.
    """
    for name, value in new_secrets().items():
        say(f"{name}={value}")


def new_secrets() -> dict[str, str]:
    key_id = f"k{datetime.now(UTC):%Y%m%d}"
    key = b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return {"GATEWAY_PEPPER": secrets.token_urlsafe(KEY_BYTES), "GATEWAY_ENCRYPTION_KEYS": f"{key_id}:{key}"}
