"""The answer that a request with a key got, so that a repeat gets the same."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.domain.errors import Invalid, KeyReused
from core.domain.stray_card import holds_card

KEEP_HOURS = 24
_VISIBLE = re.compile("[!-~]{1,255}")


class KeyUse(NamedTuple):
    """A key in its scope (a merchant and mode, or an order), and what it was used for."""

    scope: str
    key: str
    fingerprint: str


@dataclass(slots=True)
class KeyRecord:
    """`body` is the exact text that was answered; `resource_id` what the request made."""

    id: str
    scope: str
    fingerprint: str
    status: int
    body: str
    resource_id: str
    created_at: datetime
    version: int = 0

    def check(self, use: KeyUse) -> None:
        """Raises KeyReused when the key came with another request."""
        if self.fingerprint != use.fingerprint:
            raise KeyReused


def record_id(scope: str, key: str) -> str:
    return f"{scope}:{key}"


def read_key(header: str) -> str:
    """The key of an `Idempotency-Key` header, quoted (RFC 8941 string) or bare. Raises Invalid."""
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not _VISIBLE.fullmatch(key):
        raise Invalid(
            "invalid_idempotency_key", "The Idempotency-Key must be 1 to 255 visible ASCII characters."
        )
    if holds_card(key):
        raise Invalid(
            "invalid_idempotency_key",
            "The Idempotency-Key reads like a card number. Use a random one: a UUID.",
        )
    return key
