"""The events of an account, followed by cursor: each once, in the order in which they were committed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2

from entrypoints.cli.troubles import Exit, Trouble

PAGE = 100
FIRST_LOOK_S, LAST_LOOK_S = 0.25, 2.0  # soon again after an event, less often when nothing happens
FIRST_TRY_S, LAST_TRY_S = 0.25, 5.0  # while the gateway is away

Event = dict[str, Any]
Tell = Callable[[str], None]


class Forgotten(Exception):
    """The gateway does not know the event at which we are."""


class Events:
    """Outlives restarts of the gateway, if patient; `tell` hears of them. Its place is the last event it gave."""

    def __init__(self, client: httpx2.AsyncClient, tell: Tell, *, patient: bool = True) -> None:
        self._client = client
        self._tell = tell
        self._patient = patient
        self._seen: str | None = None

    async def skip(self) -> None:
        """Begin with what happens from now on. Raises Trouble."""
        newest = (await self._page(limit=1))["data"]
        self._seen = newest[0]["id"] if newest else None

    async def follow(self) -> AsyncIterator[Event]:
        """Without an end. Raises Trouble for what waiting does not mend."""
        look_s = FIRST_LOOK_S
        while True:
            news = await self._news()
            for event in news:
                self._seen = event["id"]
                yield event
            look_s = FIRST_LOOK_S if news else min(look_s * 1.5, LAST_LOOK_S)
            await asyncio.sleep(look_s)

    async def _news(self) -> list[Event]:
        """Oldest first; the nearest ones when there are many."""
        if self._seen is not None:
            try:
                return list(reversed((await self._page(limit=PAGE, ending_before=self._seen))["data"]))
            except Forgotten:
                # Either it was too old to be kept, as was all before it, or the database is another one.
                self._tell(f"The gateway no longer has {self._seen}; going on with all that it has.")
                self._seen = None
        return await self._all()

    async def _all(self) -> list[Event]:
        events: list[Event] = []
        query: dict[str, str] = {}
        while True:
            page = await self._page(limit=PAGE, **query)
            events += page["data"]
            if not page["has_more"]:
                return events[::-1]
            query = {"starting_after": events[-1]["id"]}

    async def _page(self, **query: int | str) -> dict[str, Any]:
        """Waits while the gateway is away, if patient. Raises Forgotten, Trouble."""
        try_s, is_away = FIRST_TRY_S, False
        while True:
            answer = await self._ask(query)
            if answer is not None:
                if is_away:
                    self._tell("The gateway is back.")
                return _read(answer)
            if not self._patient:
                raise away(self._client)
            if not is_away:
                self._tell(f"The gateway at {self._client.base_url} is away; waiting for it.")
            is_away = True
            await asyncio.sleep(try_s)
            try_s = min(try_s * 2, LAST_TRY_S)

    async def _ask(self, query: dict[str, int | str]) -> httpx2.Response | None:
        """None when it is worth asking again."""
        try:
            answer = await self._client.get("/api/v1/events", params=query)
        except httpx2.TransportError:
            return None
        return None if answer.status_code == 429 or answer.status_code >= 500 else answer


def away(client: httpx2.AsyncClient) -> Trouble:
    return Trouble(
        f"The gateway at {client.base_url} cannot be reached.",
        "Start it, or correct --url.",
        Exit.UNAVAILABLE,
    )


def _read(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    match answer.status_code, body:
        case 200, {"data": list(), "has_more": bool()}:
            page: dict[str, Any] = body
            return page
        case 404, {"error": {"reason": "event_not_found"}}:
            raise Forgotten
        case 401, _:
            raise Trouble(
                "The gateway does not accept this API key and secret.",
                "Look at GATEWAY_API_KEY and GATEWAY_API_SECRET, and at --url.",
            )
    raise Trouble(
        f"{answer.url.copy_with(query=None)} does not answer as a gateway does: {answer.status_code}.",
        "Is --url right?",
        Exit.UNAVAILABLE,
    )
