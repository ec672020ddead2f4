"""Signatures by which a merchant knows that it is us who speaks."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that Standard Webhooks gives every secret


def new_webhook_secret(random: bytes) -> str:
    """A secret as Standard Webhooks 1.0 wants it, from 24 to 64 random bytes."""
    return SECRET_PREFIX + b64encode(random).decode()


def webhook_headers(event_id: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Both signatures of one attempt; the last secret is the oldest still valid one.

    `X-Webhook-Signature` is hex HMAC-SHA256 of the body under the whole oldest secret string, so that a
    receiver that knows one secret only goes on working while a new one is rolled out. `webhook-signature`
    follows Standard Webhooks 1.0: base64 HMAC-SHA256 of `id.timestamp.body`, one per secret.
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "X-Webhook-Signature": hex_hmac(secrets[-1], body),
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_base64_hmac(secret, signed)}" for secret in secrets),
    }


def checkout_signature(order_id: str, payment_id: str, secret: str) -> str:
    """What the browser carries to the merchant's server: hex HMAC-SHA256 of `order_id|payment_id`."""
    return hex_hmac(secret, f"{order_id}|{payment_id}".encode())


def hex_hmac(secret: str, message: bytes) -> str:
    return hmac.digest(secret.encode(), message, hashlib.sha256).hex()


def _base64_hmac(secret: str, message: bytes) -> str:
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    return b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
