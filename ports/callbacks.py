"""A processor that speaks without being asked."""

from collections.abc import Mapping
from typing import Protocol


class Callbacks(Protocol):
    """Reads the callbacks of one processor, which signs them in its own way."""

    def read(self, headers: Mapping[str, str], body: bytes) -> str:
        """The key of the operation that there is news of; header names are in lower case.

        Raises Unauthenticated for what the processor did not sign, or signed too long ago, and Invalid for
        what it did sign and nobody can read.
        """
        ...
