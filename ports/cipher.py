"""Keeping secrets that we must read back, and recognising those that we need not."""

from typing import Protocol


class Cipher(Protocol):
    """Authenticated encryption at rest, and keyed hashes under the server's pepper."""

    def seal(self, secret: str) -> str: ...

    def open(self, sealed: str) -> str:
        """Raises LookupError when no key that we have opens it."""
        ...

    def key_ids(self) -> tuple[str, ...]:
        """Of all keys that open; the first one seals."""
        ...

    def key_of(self, sealed: str) -> str:
        """The id of the key that sealed it. Raises LookupError for what was never sealed."""
        ...

    def digest(self, text: str) -> str:
        """Lower-case hex HMAC-SHA256 under the pepper."""
        ...
