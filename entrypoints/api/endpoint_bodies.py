"""What merchants may say about their webhook endpoints."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, WithJsonSchema

from core.domain.event import EVENTS
from core.domain.replay import MAX_PER_SECOND, ReplayScope
from entrypoints.api.bodies import Body
from entrypoints.api.paging import to_time

EVENT_FILTERS = frozenset({*EVENTS, *(event.partition(".")[0] + ".*" for event in EVENTS)})
MAX_HEADERS = 10
# RFC 9110 §5.6.2 and §5.5, without what only old servers take.
HEADER_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$"
HEADER_VALUE = r"^[!-~]([ -~]{0,1022}[!-~])?$"
# What we say ourselves, and what belongs to the connection.
OURS = re.compile(
    r"(?i)host|content-.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect"
    r"|accept|accept-encoding|user-agent|webhook-.*|x-webhook-signature"
)


def _event_filter(event: str) -> str:
    if event not in EVENT_FILTERS:
        raise ValueError(
            "must be the name of an event, for example payment.success, or a family: payment.*. "
            "Without any it gets all of them."
        )
    return event


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if OURS.fullmatch(name):
            raise ValueError(f"{name} is set by the gateway and cannot be yours.")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("has a name twice; capitals make no difference.")
    return headers


Events = Annotated[list[Annotated[str, AfterValidator(_event_filter)]], Field(max_length=len(EVENT_FILTERS))]
Headers = Annotated[
    dict[Annotated[str, Field(pattern=HEADER_NAME)], Annotated[str, Field(pattern=HEADER_VALUE)]],
    Field(max_length=MAX_HEADERS, description="Sent with every event; shown masked."),
    AfterValidator(_headers),
]

Time = Annotated[
    datetime, BeforeValidator(to_time), WithJsonSchema({"type": "string", "format": "date-time"})
]


class EndpointBody(Body):
    url: str
    events: Events = Field(default_factory=list, description="Empty means all.")
    description: Annotated[str, Field(max_length=255)] | None = None
    headers: Headers = Field(default_factory=dict)


class EndpointChanges(Body):
    url: str = ""
    events: Events = Field(default_factory=list)
    description: Annotated[str, Field(max_length=255)] | None = None
    headers: Headers = Field(default_factory=dict)
    enabled: bool = True


class ReplayBody(Body):
    since: Time
    until: Time | None = None
    scope: Annotated[ReplayScope, Field(strict=False)] = ReplayScope.UNDELIVERED
    per_second: Annotated[int, Field(ge=1, le=MAX_PER_SECOND, description="Deliveries a second.")] = 50
    dry_run: Annotated[bool, Field(description="Only count them.")] = False

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        return self.since, self.until or now


ENDPOINT, ENDPOINT_CHANGES = TypeAdapter(EndpointBody), TypeAdapter(EndpointChanges)
REPLAY = TypeAdapter(ReplayBody)
