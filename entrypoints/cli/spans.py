"""Spans of time as an operator writes them: 40s, 5m, 3h, 2d."""

import re
from datetime import timedelta

from entrypoints.cli.troubles import Exit, Trouble

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_span_s(text: str, *, at_most: timedelta, option: str) -> int:
    """In seconds. Raises Trouble for what is no span, or longer."""
    given = re.fullmatch(r"(\d{1,9})([smhd])", text, re.ASCII)
    seconds = int(given[1]) * int(timedelta(**{UNITS[given[2]]: 1}).total_seconds()) if given else -1
    if not 0 <= seconds <= at_most.total_seconds():
        raise Trouble(
            f"{option} {text} is no span of time up to {at_most.days} days.",
            "Such as 0s, 15m, 2h or 7d.",
            Exit.USAGE,
        )
    return seconds
