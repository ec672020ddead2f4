"""What an endpoint has missed, found among the rows in memory."""

from collections.abc import Iterator
from datetime import datetime

from adapters.memory.rows import Rows
from core.domain.endpoint import Endpoint
from core.domain.event import Event
from core.domain.replay import ReplayScope
from core.domain.webhook import Delivery, DeliveryStatus
from ports.queries import Replayable

_COVERED = {
    ReplayScope.FAILED: {DeliveryStatus.FAILED},
    ReplayScope.UNDELIVERED: {DeliveryStatus.FAILED},
    ReplayScope.ALL: {DeliveryStatus.FAILED, DeliveryStatus.SUCCESS},
}


def replayable(
    rows: Rows, endpoint: Endpoint, scope: ReplayScope, *, since: datetime, until: datetime, after: str = ""
) -> Iterator[Replayable]:
    """See `ports.queries.Queries.replayable`."""
    for event in sorted(rows.all(Event), key=lambda event: event.id):
        if event.account != endpoint.account or event.id <= after or not since <= event.created_at < until:
            continue
        owed = _last_delivery(rows, event, endpoint)
        never = owed is None and _was_never_owed(rows, scope, event, endpoint)
        if never or (owed and owed.status in _COVERED[scope]):
            yield Replayable(event.id, event.name, owed.id if owed else None)


def _last_delivery(rows: Rows, event: Event, endpoint: Endpoint) -> Delivery | None:
    owed = [row for row in rows.of(Delivery, event.id) if row.endpoint_id == endpoint.id]
    return max(owed, key=lambda row: row.id, default=None)


def _was_never_owed(rows: Rows, scope: ReplayScope, event: Event, endpoint: Endpoint) -> bool:
    """As far as that is known: nobody remembers what was owed to an event of before deliveries were forgotten."""
    counts = scope is not ReplayScope.FAILED and event.name != "webhook.test"
    is_known = event.created_at >= rows.forgotten.get(Delivery, event.created_at)
    return counts and is_known and endpoint.wants(event.name)
