"""Events: what has happened, kept whether or not anybody was told."""

from starlette.requests import Request

from core.domain.event import Event
from core.domain.ids import EVENT
from core.domain.snapshot import of_event
from entrypoints.api.answers import Answer, ok
from entrypoints.api.auth import Caller
from entrypoints.api.deps import use
from entrypoints.api.owned import find_owned, path_id
from entrypoints.api.paging import listed, read_page
from entrypoints.api.routing import Routes

routes = Routes("Events")


@routes.merchant("GET", "/api/v1/events", 200, "EventList", parameters=("page:evt",))
async def list_events(request: Request, caller: Caller) -> Answer:
    """List events, the one committed last first

    Following them with `ending_before` misses none.
    """
    page = read_page(request, EVENT, "Event")
    found = await use(request, "queries").events(caller.account, page)
    return ok(listed([of_event(event) for event in found.data], found.has_more))


@routes.merchant("GET", "/api/v1/events/{id}", 200, "Event")
async def get_event(request: Request, caller: Caller) -> Answer:
    """Get an event: the very object that receivers get"""
    id = path_id(request, EVENT, "Event")
    event: Event = await find_owned(request, caller, lambda tx: tx.events, id, "Event")
    return ok(of_event(event))
