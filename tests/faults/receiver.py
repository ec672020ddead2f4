"""A merchant's receivers, in a process of their own: each path is a box with its own books and its own manners.

POST /box/{name}       a webhook; verified, entered, and answered as the box's manner says
PUT  /box/{name}       {"secret": "whsec_…", "manner": "ok"}: what is in it stays
GET  /box/{name}       {"events": {id: {...}}, "unverified": 0, "holding": 0}
"""

import argparse
import asyncio
import json
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from entrypoints.cli.listening import listen
from entrypoints.demo_shop.inbox import verify
from entrypoints.process import end_with_parent
from entrypoints.simulator.server import serving

MAX_HANG_S = 120.0


class Manner(StrEnum):
    OK = "ok"
    ERROR = "error"  # 500, and nothing is entered
    GONE = "gone"  # 410, and nothing is entered
    HANG = "hang"  # no answer, and nothing is entered


@dataclass
class Entry:
    """One event in the books, by its id: how often it came, and when first."""

    name: str
    payment_id: str | None
    sequence: int | None
    first_at: float
    times: int = 0


@dataclass
class Box:
    secret: str = ""
    manner: Manner = Manner.OK
    events: dict[str, Entry] = field(default_factory=dict)
    unverified: int = 0
    holding: int = 0

    def enter(self, body: bytes, headers: dict[str, str]) -> None:
        if not verify(body, headers, self.secret):
            self.unverified += 1
            return
        event = json.loads(body)
        data = event["data"]
        about = data.get("payment") or data.get("refund") or {}
        payment_id = about.get("payment_id") or about.get("id")
        entry = Entry(event["event"], payment_id, event["sequence"], time.time())
        self.events.setdefault(event["id"], entry).times += 1


class Boxes:
    def __init__(self) -> None:
        self._boxes: dict[str, Box] = {}

    async def take(self, request: Request) -> Response:
        box, body = self._box(request), await request.body()
        match box.manner:
            case Manner.ERROR:
                return Response(status_code=500)
            case Manner.GONE:
                return Response(status_code=410)
            case Manner.HANG:
                return await self._hang(box)
        box.enter(body, dict(request.headers))
        return Response(status_code=204)

    async def put(self, request: Request) -> Response:
        box, wanted = self._box(request), await request.json()
        box.secret = wanted.get("secret", box.secret)
        box.manner = Manner(wanted.get("manner", box.manner))
        return JSONResponse({})

    async def get(self, request: Request) -> Response:
        return JSONResponse(asdict(self._box(request)))

    def _box(self, request: Request) -> Box:
        return self._boxes.setdefault(request.path_params["name"], Box())

    async def _hang(self, box: Box) -> Response:
        box.holding += 1
        try:
            await asyncio.sleep(MAX_HANG_S)
        finally:
            box.holding -= 1
        return Response(status_code=504)


async def serve(port: int) -> None:
    boxes = Boxes()
    handlers = {"POST": boxes.take, "PUT": boxes.put, "GET": boxes.get}
    routes = [Route("/box/{name}", handler, methods=[method]) for method, handler in handlers.items()]
    async with serving(Starlette(routes=routes), listen("127.0.0.1", port)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    end_with_parent(grace_s=1.0)
    uvloop.run(serve(parser.parse_args().port))
