"""What every coordination promises."""

import asyncio
from typing import Protocol

from ports.coordination import Coordination

TTL_S = 0.03
LONG_S = 60.0


class Room(Protocol):
    """Where processes meet, and a way to let time pass there."""

    coordination: Coordination

    async def pass_time(self, seconds: float) -> None: ...


class CoordinationContract:
    """Needs a fixture `room`."""

    async def test_those_who_beat_are_alive(self, room: Room) -> None:
        assert await room.coordination.alive("worker") == 0
        for process in ("a", "b", "a"):
            await room.coordination.beat("worker", process, ttl_s=LONG_S)
        assert await room.coordination.alive("worker") == 2

    async def test_roles_are_apart(self, room: Room) -> None:
        await room.coordination.beat("worker", "a", ttl_s=LONG_S)
        assert await room.coordination.lead("worker", "a", ttl_s=LONG_S)
        assert await room.coordination.alive("scheduler") == 0
        assert await room.coordination.lead("scheduler", "b", ttl_s=LONG_S)

    async def test_silence_is_death(self, room: Room) -> None:
        await room.coordination.beat("worker", "brief", ttl_s=TTL_S)
        await room.coordination.beat("worker", "long", ttl_s=LONG_S)
        await room.pass_time(2 * TTL_S)
        assert await room.coordination.alive("worker") == 1

    async def test_the_last_to_die_leaves_nobody(self, room: Room) -> None:
        await room.coordination.beat("worker", "a", ttl_s=2 * TTL_S)
        await room.coordination.beat("worker", "b", ttl_s=TTL_S)
        await room.pass_time(3 * TTL_S)
        assert await room.coordination.alive("worker") == 0

    async def test_beating_again_prolongs(self, room: Room) -> None:
        await room.coordination.beat("worker", "a", ttl_s=TTL_S)
        await room.coordination.beat("worker", "a", ttl_s=LONG_S)
        await room.pass_time(2 * TTL_S)
        assert await room.coordination.alive("worker") == 1

    async def test_who_leaves_is_gone_at_once(self, room: Room) -> None:
        await room.coordination.beat("worker", "a", ttl_s=LONG_S)
        await room.coordination.beat("worker", "b", ttl_s=LONG_S)
        await room.coordination.leave("worker", "a")
        await room.coordination.leave("worker", "never came")
        assert await room.coordination.alive("worker") == 1

    async def test_one_leads(self, room: Room) -> None:
        asked = [room.coordination.lead("scheduler", f"p{i}", ttl_s=LONG_S) for i in range(5)]
        assert sum(await asyncio.gather(*asked)) == 1

    async def test_the_leader_renews_and_the_others_wait(self, room: Room) -> None:
        assert await room.coordination.lead("scheduler", "a", ttl_s=TTL_S)
        assert await room.coordination.lead("scheduler", "a", ttl_s=LONG_S)
        await room.pass_time(2 * TTL_S)
        assert not await room.coordination.lead("scheduler", "b", ttl_s=LONG_S)

    async def test_a_silent_leader_is_succeeded(self, room: Room) -> None:
        assert await room.coordination.lead("scheduler", "a", ttl_s=TTL_S)
        await room.pass_time(2 * TTL_S)
        assert await room.coordination.lead("scheduler", "b", ttl_s=LONG_S)
        assert not await room.coordination.lead("scheduler", "a", ttl_s=LONG_S)

    async def test_a_leader_that_leaves_is_succeeded_at_once(self, room: Room) -> None:
        assert await room.coordination.lead("scheduler", "a", ttl_s=LONG_S)
        await room.coordination.leave("scheduler", "b")
        assert not await room.coordination.lead("scheduler", "b", ttl_s=LONG_S)
        await room.coordination.leave("scheduler", "a")
        assert await room.coordination.lead("scheduler", "b", ttl_s=LONG_S)
