"""Requests that are sent again, under the same key, until they are answered."""

import asyncio
import json
import random
from itertools import count, cycle
from time import monotonic
from typing import Any

import httpx2

from tests.faults.memory import Memory, Note

PATIENCE_S = 4.0  # longer than the two seconds within which an answer is due
GIVE_UP_S = 150.0
BACK_OFF_S = (0.05, 1.0)
AGAIN = {409, 429, 500, 502, 503, 504}
CONNECTIONS = 1_000


class Persistent:
    """One merchant's way to the API: through any of its processes, the next one when one does not answer."""

    def __init__(self, ports: list[int], headers: dict[str, str], memory: Memory) -> None:
        self._bases = cycle([f"http://127.0.0.1:{port}/api/v1" for port in ports])
        self._memory = memory
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx2.AsyncClient(headers=headers, limits=limits, timeout=PATIENCE_S, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, path: str, body: dict[str, Any], key: str, *, twice: bool = False) -> Any:
        """What was made, which is noted; None for a refusal, which is a complaint. `twice`: as by a double click."""
        heard = await asyncio.gather(
            *(self._until_answered("POST", path, body, key) for _ in range(1 + twice))
        )
        answers = [answer for answer in heard if answer is not None]
        if not answers:
            return None
        for answer in answers:
            if answer.status_code not in (200, 201):
                self._memory.complaints.append(f"{path} {key}: {answer.status_code} {answer.text[:200]}")
            if answer.text != answers[0].text:
                self._memory.complaints.append(f"{path} {key}: {answers[0].text} and also {answer.text}")
        first = answers[0]
        if first.status_code not in (200, 201):
            return None
        self._memory.notes.append(Note(path, body, key, first.status_code, first.text))
        return json.loads(first.text)

    async def get(self, path: str) -> Any:
        answer = await self._until_answered("GET", path, None, None)
        if answer is None or answer.status_code != 200:
            self._memory.complaints.append(f"{path}: {answer.status_code if answer else 'no answer'}")
            return None
        return json.loads(answer.text)

    async def again(self, note: Note) -> None:
        """The same request must get the same answer, and say that it is a repeat."""
        answer = await self._until_answered("POST", note.path, note.body, note.key)
        if answer is None:
            return
        if (answer.status_code, answer.text) != (note.status, note.answer):
            said = f"{answer.status_code} {answer.text[:300]}"
            self._memory.complaints.append(f"{note.path} {note.key}: was {note.answer}, is {said}")
        elif answer.headers.get("idempotent-replayed") != "true":
            self._memory.complaints.append(f"{note.path} {note.key}: not marked as a repeat")

    async def _until_answered(
        self, method: str, path: str, body: dict[str, Any] | None, key: str | None
    ) -> httpx2.Response | None:
        began = monotonic()
        for attempt in count():
            answer = await self._ask(method, path, body, key)
            if answer is not None and answer.status_code not in AGAIN:
                return answer
            if monotonic() - began > GIVE_UP_S:
                self._memory.complaints.append(f"{path} {key}: no answer within {GIVE_UP_S:g} s")
                return None
            wait_s = min(BACK_OFF_S[1], BACK_OFF_S[0] * 2 ** min(attempt, 10))
            await asyncio.sleep(random.uniform(wait_s / 2, wait_s))
        raise AssertionError("count() does not end")

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, key: str | None
    ) -> httpx2.Response | None:
        began, url = monotonic(), next(self._bases) + path
        headers = {"Idempotency-Key": key} if key else {}
        answer = None
        try:
            answer = await self._client.request(method, url, json=body, headers=headers)
        except httpx2.ConnectError:
            heard = "refused"
        except httpx2.TimeoutException:
            heard = "timeout"
        except httpx2.HTTPError:
            heard = "cut"
        else:
            heard = str(answer.status_code)
            self._object_to(answer, f"{method} {path} {key}")
        self._memory.hear(heard, monotonic() - began)
        return answer

    def _object_to(self, answer: httpx2.Response, what: str) -> None:
        """A 500 is a bug, and a 503 says when to come back."""
        if answer.status_code == 500:
            self._memory.complaints.append(f"{what}: 500 {answer.text[:200]}")
        if answer.status_code == 503 and "retry-after" not in answer.headers:
            self._memory.complaints.append(f"{what}: 503 without Retry-After")
