"""Ids: a prefix that says what it is, six characters of time, ten of chance."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

# In ASCII order, so that ids sort by the time they were made (columns compare bytes: COLLATE "C").
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=20)  # 62⁶ ticks of 20 ms last until 2061
_END = EPOCH + 62**6 * TICK
_SHAPE = re.compile(r"[a-z]+_[A-Za-z0-9]{16}", re.ASCII)
_TIME_CHARS, _CHANCE_CHARS = 6, 10
_KEY_SHAPE = re.compile(r"key_(?:test|live)_[A-Za-z0-9]{1,64}", re.ASCII)  # its mode, and only chance

ORDER, PAYMENT, OPERATION, REFUND = "order", "pay", "op", "rfnd"
API_KEY = "key"
EVENT, ENDPOINT, JOB, MERCHANT, AUDIT, ATTEMPT, REPLAY = (
    "evt", "we", "job", "mer", "aud", "att", "rpl",
)  # fmt: skip


def new_id(prefix: str, at: datetime, chance: Callable[[int], str]) -> str:
    """A new id made at `at`; `chance(n)` gives n random characters of the alphabet."""
    return f"{prefix}_{_time_chars((at - EPOCH) // TICK)}{chance(_CHANCE_CHARS)}"


@lru_cache(maxsize=64)  # all that is made in one moment
def _time_chars(ticks: int) -> str:
    time = ""
    for _ in range(_TIME_CHARS):
        ticks, digit = divmod(ticks, 62)
        time = ALPHABET[digit] + time
    return time


def first_id(prefix: str, at: datetime) -> str:
    """Below every id made at `at` or later, and above those made a tick or more before.

    A time from before the first or after the last that an id can tell is taken for that.
    """
    return new_id(prefix, min(max(at, EPOCH), _END - TICK), lambda _: "")


def last_id(prefix: str, at: datetime | None = None) -> str:
    """Above every id made in the tick of `at` or before, and below all later ones; without a time, above all."""
    return (first_id(prefix, at) if at else f"{prefix}_") + "~"


def new_uuid(at: datetime, random: bytes) -> str:
    """A UUID of version 7 (RFC 9562 §5.7) from a time and ten random bytes."""
    millis = int(at.timestamp() * 1000)
    value = int.from_bytes(millis.to_bytes(6) + random)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(UUID(int=value))


def made_at(id: str) -> datetime:
    """When the id was made, to within 20 ms."""
    ticks = 0
    for char in id.rsplit("_", 1)[-1][:_TIME_CHARS]:
        ticks = ticks * 62 + ALPHABET.index(char)
    return EPOCH + ticks * TICK


def uuid_made_at(text: str) -> datetime | None:
    """When a UUID of version 7 was made; None for any other text."""
    try:
        value = UUID(text)
        return datetime.fromtimestamp((value.int >> 80) / 1000, UTC) if value.version == 7 else None
    except (ValueError, OverflowError):  # no UUID, or of no year that we know
        return None


def is_id(text: str, prefix: str) -> bool:
    """Whether the text could be one of ours; what could not is not looked up."""
    shape = _KEY_SHAPE if prefix == API_KEY else _SHAPE
    return text.startswith(prefix + "_") and shape.fullmatch(text) is not None
