"""The operating system's randomness."""

import random
import secrets

from core.domain.ids import ALPHABET

_SIZE = len(ALPHABET)
_FAIR = 256 - 256 % _SIZE  # bytes from here on would favour the first characters
_CHARS = (ALPHABET * 5).encode()[:256]


class SystemChance:
    """See `ports.chance.Chance`."""

    def __call__(self, n: int) -> str:
        fair = b""
        while len(fair) < n:
            fair += bytes(byte for byte in secrets.token_bytes(n + 8) if byte < _FAIR)
        return fair[:n].translate(_CHARS).decode()

    def bytes(self, n: int) -> bytes:
        return secrets.token_bytes(n)

    def uniform(self, low: float, high: float) -> float:
        return random.uniform(low, high)
