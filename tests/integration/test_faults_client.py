"""The client of `make faults` is a good merchant's: whatever it hears, it repeats with the same key until answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults import persistent
from tests.faults.memory import Memory
from tests.faults.persistent import Persistent

MADE = json.dumps({"id": "pay_0000000000000001"})
HANG, CUT = "hang", "cut"


class Shaky:
    """A server that answers each request as the next of its manners says; a manner is a status, `hang` or `cut`."""

    def __init__(self, *manners: int | str) -> None:
        self._manners = iter(manners)
        self.keys: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.keys.append(head.partition("idempotency-key: ")[2].partition("\r\n")[0])
        manner = next(self._manners)
        if manner == HANG:
            await reader.read()  # until the client gives up
        elif manner != CUT:
            body = MADE if manner == 201 else "{}"
            said = f"HTTP/1.1 {manner} X\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write((said + body).encode())
        writer.close()


@asynccontextmanager
async def listening(shaky: Shaky) -> AsyncIterator[int]:
    async with await asyncio.start_server(shaky.serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistent, "PATIENCE_S", 0.2)
    monkeypatch.setattr(persistent, "BACK_OFF_S", (0.01, 0.01))


async def test_it_repeats_with_the_same_key_until_it_is_answered(free_port: int) -> None:
    shaky, memory = Shaky(409, 503, HANG, CUT, 429, 502, 201), Memory()
    async with listening(shaky) as port:
        client = Persistent([port, free_port], {}, memory)
        made = await client.post("/payments", {}, "k-1")
        await client.close()
    assert made == json.loads(MADE)
    assert shaky.keys == ["k-1"] * 7
    assert [note.answer for note in memory.notes] == [MADE]
    assert memory.heard.keys() == {"409", "503", "timeout", "cut", "429", "502", "201", "refused"}
    assert memory.complaints == []


async def test_a_500_and_a_refusal_are_complaints() -> None:
    shaky, memory = Shaky(500, 400), Memory()
    async with listening(shaky) as port:
        client = Persistent([port], {}, memory)
        made = await client.post("/payments", {}, "k-1")
        await client.close()
    assert made is None
    assert [complaint.split(": ")[1][:3] for complaint in memory.complaints] == ["500", "400"]
    assert memory.notes == []
