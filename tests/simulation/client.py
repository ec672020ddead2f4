"""A good merchant's client: it repeats with the same key until it has an answer, and remembers every answer."""

import asyncio
import json
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from tests.simulation.asgi import Answer, Request, put
from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.world import World

TIMEOUT_S = 10.0
REPEAT_ON = (409, 429, 503)
OUR_BUG = 500
REPLAYED = b"idempotent-replayed"
MAX_TRIES = 500
FIRST_PAUSE_S, LAST_PAUSE_S = 0.05, 3.0

Shown = dict[str, Any]


@dataclass(frozen=True)
class Note:
    """What was asked under a key, and one of the answers to it."""

    client: "Client"
    scope: str
    key: str
    request: Request
    answer: Answer
    asked_at: float


@dataclass
class Client:
    """Who asks. Keys are theirs within `scope`; the notebook has all that anybody was answered under a key."""

    world: "World"
    name: str
    scope: str
    headers: tuple[tuple[bytes, bytes], ...]
    notebook: list[Note]
    chance: Random

    async def ask(
        self, method: str, path: str, body: Shown | None = None, *, key: str | None = None
    ) -> Answer:
        """The answer, once there is one; 0 when there is none to be had."""
        request = Request(method, path, self._headers(body, key), json.dumps(body).encode() if body else b"")
        return await self._ask(request, key)

    async def send_again(self, note: Note) -> Answer:
        """The very same request, long after it was answered."""
        return await self._ask(note.request, note.key)

    def of_order(self, order_id: str) -> "Client":
        """The same one, whose keys belong to an order."""
        return replace(self, scope=f"order:{order_id}")

    async def _ask(self, request: Request, key: str | None) -> Answer:
        pause_s = FIRST_PAUSE_S
        for _ in range(MAX_TRIES):
            asked_at = self.world.loop.time()
            answer = await self._try(request)
            if answer is not None and answer.status not in REPEAT_ON:
                if key is not None:
                    self.notebook.append(Note(self, self.scope, key, request, answer, asked_at))
                return answer
            if key is None and request.method == "POST" and answer is None:
                return Answer(0)  # without a key one looks before one repeats
            await asyncio.sleep(self.chance.uniform(0.5, 1.0) * pause_s)
            pause_s = min(pause_s * 2, LAST_PAUSE_S)
        self.world.accuse(
            f"{self.name} has no answer to {request.method} {request.path} after {MAX_TRIES} tries"
        )
        return Answer(0)

    async def _try(self, request: Request) -> Answer | None:
        """One exchange; None when the connection broke or nothing came in time."""
        processes = self.world.living("api")
        process = self.chance.choice(processes) if processes else None
        if process is None or process.app is None:
            return None
        answer = await self._exchange(process, request)
        if answer is not None and self.world.faults.on_answer():
            answer = None
        said = f"{answer.status}{_gist(answer)}" if answer is not None else "no answer"
        self.world.requests += 1
        self.world.tell(self.name, f"{request.method} {request.path} at {process.name}: {said}")
        if answer is not None and answer.status == OUR_BUG:
            self.world.accuse(f"{request.method} {request.path} is answered 500")
        return answer

    async def _exchange(self, process: Process, request: Request) -> Answer | None:
        task = process.spawn(put(process.app, request))
        await asyncio.wait({task, process.death}, timeout=TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() or task.cancelled():
            return None  # the server works on, and nobody listens
        if task.exception() is not None:
            self.world.accuse(f"{request.method} {request.path} raises {task.exception()!r}")
            return None
        answer: Answer = task.result()
        return answer

    def _headers(self, body: Shown | None, key: str | None) -> tuple[tuple[bytes, bytes], ...]:
        more = [(b"content-type", b"application/json")] if body else []
        if key is not None:
            more.append((b"idempotency-key", key.encode()))
        return (*self.headers, *more)


def read(answer: Answer) -> Shown:
    """The body of a good answer; nothing for any other."""
    shown: Shown = json.loads(answer.body) if 200 <= answer.status < 300 and answer.body else {}
    return shown


def _gist(answer: Answer) -> str:
    """Which object is answered, or why it is refused."""
    if not answer.body.startswith(b"{"):
        return ""
    replayed = " again" if REPLAYED in answer.headers else ""
    shown = json.loads(answer.body)
    if "error" in shown:
        return f"{replayed} {shown['error'].get('reason', '')}"
    words = (shown.get(name) for name in ("id", "method", "status"))
    return replayed + "".join(f" {word}" for word in words if word)
