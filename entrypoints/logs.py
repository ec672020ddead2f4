"""How every process logs: one JSON object a line, or colours where a person looks on; never a secret."""

import logging
import os
import re
import sys
from typing import Any

import structlog
from structlog.types import EventDict, Processor

# The last line of defence: nobody means to log these, but an exception's text may carry one.
SECRETS = (
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), r"\1:***@"),
    (re.compile(r"\b(secret|sign)_(test|live)_\w+"), r"\1_\2_***"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "whsec_***"),
)
CARD_NUMBER = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
HIDDEN_NUMBER = "0"  # a number still, or the line would no longer be JSON
QUIET = ("alembic", "asyncio", "httpcore2", "httpx2", "taskiq", "uvicorn")


def set_up_logging(role: str, level: str = "INFO") -> None:
    """Send structlog and the standard library's loggers the same way: to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(role),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Scrubbed(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def scrub(line: str) -> str:
    """The line without card numbers, API secrets, webhook secrets and passwords in addresses."""
    for pattern, replacement in SECRETS:
        line = pattern.sub(replacement, line)
    return CARD_NUMBER.sub(lambda found: HIDDEN_NUMBER if _is_luhn(found.group()) else found.group(), line)


class _Scrubbed(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def _rendering() -> list[Processor]:
    if sys.stderr.isatty() or "FORCE_COLOR" in os.environ:
        # Plain traces: rich ones show local variables, and a card is one.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _named(role: str) -> Processor:
    def add(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", role)
        return event

    return add


def _is_luhn(number: str) -> bool:
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
