"""What is promised of the last uses of API keys."""

import asyncio
from datetime import timedelta
from typing import Protocol

from ports.key_uses import KeyUses
from tests.factories import NOW, fresh_id

LATER = NOW + timedelta(minutes=1)


class KeyUsesBackend(Protocol):
    key_uses: KeyUses


class KeyUsesContract:
    """Subclasses give a `backend` fixture over an empty store."""

    async def test_a_last_use_is_known_and_an_unused_key_is_not(self, backend: KeyUsesBackend):
        uses, (used, other, unused) = backend.key_uses, (fresh_id("key") for _ in range(3))
        await uses.record({used: NOW, other: LATER})
        assert await uses.of([used, other, unused]) == {used: NOW, other: LATER}
        assert await uses.of([]) == {}

    async def test_it_never_goes_back(self, backend: KeyUsesBackend):
        id = fresh_id("key")
        await backend.key_uses.record({id: LATER})
        await backend.key_uses.record({id: NOW})
        assert await backend.key_uses.of([id]) == {id: LATER}

    async def test_many_may_tell_at_once(self, backend: KeyUsesBackend):
        ids = [fresh_id("key") for _ in range(20)]
        orders = (ids, ids[::-1], ids[10:] + ids[:10])
        await asyncio.gather(*(backend.key_uses.record(dict.fromkeys(order, NOW)) for order in orders))
        assert await backend.key_uses.of(ids) == dict.fromkeys(ids, NOW)
