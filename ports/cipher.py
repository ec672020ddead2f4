"""Keeping secrets that we must read back, and recognising those that we need not."""

from typing import Protocol


class Cipher(Protocol):
    """Authenticated encryption at rest, and keyed hashes under the server's pepper."""

    def seal(self, secret: str) -> str: ...

    def open(self, sealed: str) -> str: ...

    def digest(self, text: str) -> str:
        """Lower-case hex HMAC-SHA256 under the pepper."""
        ...
