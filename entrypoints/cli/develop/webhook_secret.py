"""The secret by which a receiver knows the gateway, as an option."""

from base64 import b64decode
from typing import Annotated

import typer

from core.domain.signing import SECRET_PREFIX
from entrypoints.cli.troubles import Exit, Trouble

MIN_BYTES, MAX_BYTES = 24, 64  # Standard Webhooks 1.0

WebhookSecretOption = Annotated[
    str,
    typer.Option(
        "--secret", envvar="GATEWAY_WEBHOOK_SECRET", help="The receiver's, whsec_…", show_default=False
    ),
]


def check_secret(secret: str) -> None:
    """Raises Trouble for what cannot be one; without repeating it."""
    try:
        key = b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise Trouble(
            f"The webhook secret is not one: {SECRET_PREFIX} and {MIN_BYTES} to {MAX_BYTES} bytes in base64.",
            "It was shown when the endpoint was made; POST …/rotate_secret makes a new one.",
            Exit.USAGE,
        )
