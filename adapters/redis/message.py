"""A message: one taskiq task that carries many tickets of one lane."""

from collections.abc import Sequence
from typing import Annotated

import structlog
from pydantic import Field, TypeAdapter
from taskiq.formatters.json_formatter import JSONFormatter
from taskiq.message import TaskiqMessage

from core.domain.job import Lane, Ticket

TASK = "run_jobs"
TICKETS_PER_MESSAGE = 64

Pair = tuple[Annotated[str, Field(pattern="^[0-9A-Za-z_]{1,64}$")], Annotated[int, Field(ge=1, lt=2**31)]]
# Other versions may pack more into a message than we do.
_ARGS = TypeAdapter(tuple[Annotated[list[Pair], Field(max_length=16 * TICKETS_PER_MESSAGE)]])
_log = structlog.get_logger(__name__)


def queue_key(lane: Lane) -> str:
    return f"gateway:queue:{lane}"


def pack(tickets: Sequence[Ticket]) -> list[bytes]:
    """As few messages as they fit in. The first ticket names its message."""
    starts = range(0, len(tickets), TICKETS_PER_MESSAGE)
    return [_message(tickets[start : start + TICKETS_PER_MESSAGE]) for start in starts]


def _message(tickets: Sequence[Ticket]) -> bytes:
    pairs = [(ticket.job_id, ticket.lease) for ticket in tickets]
    id = f"{tickets[0].job_id}.{tickets[0].lease}"
    message = TaskiqMessage(task_id=id, task_name=TASK, labels={}, args=[pairs], kwargs={})
    return message.model_dump_json().encode()


class TicketFormatter(JSONFormatter):
    """Reads what `pack` wrote. Anything else raises ValueError, upon which taskiq drops it."""

    def loads(self, message: bytes) -> TaskiqMessage:
        try:
            parsed = super().loads(message)
            if parsed.task_name != TASK:
                raise ValueError(f"unknown task {parsed.task_name!r}")
            parsed.args = list(_ARGS.validate_python(parsed.args))
        except ValueError as error:
            _log.warning("message_dropped", bytes=len(message), error=str(error)[:200])
            raise
        return parsed
