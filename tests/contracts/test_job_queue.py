"""Both job queues, each with its workers."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from adapters.memory.clock import MemoryClock
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.worker import receive as receive_in_memory
from adapters.redis.broker import LaneBroker
from adapters.redis.job_queue import SCHEDULE_KEY, RedisJobQueue
from adapters.redis.message import pack, queue_key
from adapters.redis.worker import Handler, receive
from core.domain.job import Lane, Ticket
from tests.contracts.job_queue import JobQueueContract
from tests.contracts.wire import MAX_MESSAGES, MAX_SCHEDULED, Worker, money
from tests.contracts.worker import WorkerContract


class MemoryWire:
    def __init__(self) -> None:
        self._clock = MemoryClock()
        self.queue = MemoryJobQueue(self._clock, max_messages=MAX_MESSAGES, max_scheduled=MAX_SCHEDULED)

    async def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)

    async def receive(self, lane: Lane, handler: Handler, stop: asyncio.Event, **how: Any) -> None:
        await receive_in_memory(self.queue, lane, handler, stop, **how)


class RedisWire:
    def __init__(self, url: str, redis: Redis) -> None:
        self._url = url
        self.queue = RedisJobQueue(redis, max_messages=MAX_MESSAGES, max_scheduled=MAX_SCHEDULED)
        self.pass_time = asyncio.sleep

    async def receive(self, lane: Lane, handler: Handler, stop: asyncio.Event, **how: Any) -> None:
        broker = LaneBroker(self._url, lane)
        try:
            await receive(broker, handler, stop, **how)
        finally:
            await broker.shutdown()


class TestInMemory(JobQueueContract, WorkerContract):
    @pytest.fixture
    def wire(self) -> MemoryWire:
        return MemoryWire()


class TestInRedis(JobQueueContract, WorkerContract):
    @pytest.fixture
    async def wire(self, redis_url: str, redis: Redis) -> RedisWire:
        return RedisWire(redis_url, redis)

    @pytest.mark.parametrize(
        "garbage",
        [
            b"",
            b"\xff\x00not json",
            b"[]",
            b"null",
            pack(money(1))[0][:-5],
            pack(money(1))[0].replace(b"run_jobs", b"os.system"),
            pack(money(1))[0].replace(b",1]", b',"1; DROP TABLE jobs"]'),
            pack(money(1))[0].replace(b",1]", b",0]"),
            pack(money(1))[0].replace(b",1]", b",99999999999999999999]"),
            pack(money(1))[0].replace(b"job_", b"job \\u0000"),
            pack(money(1))[0].replace(b'"args":[', b'"args":[1,'),
            b'{"task_id":"x","task_name":"run_jobs","labels":{},"args":[],"kwargs":{}}',
        ],
    )
    async def test_garbage_is_dropped(self, wire: RedisWire, redis: Redis, garbage: bytes) -> None:
        await redis.lpush(queue_key(Lane.MONEY), garbage)
        await wire.queue.announce(money(1))
        worker = Worker(wire, Lane.MONEY)
        async with worker.running():
            assert await worker.has(1) == money(1)
        assert await wire.queue.length(Lane.MONEY) == 0

    async def test_garbage_on_the_schedule_is_dropped(self, wire: RedisWire, redis: Redis) -> None:
        junk: list[bytes] = [b"\xff", b"money|job_1", b"gold|job_1|1"]
        await redis.zadd(SCHEDULE_KEY, dict.fromkeys(junk, 0))
        await wire.queue.schedule([(money(1)[0], 0)])
        await wire.pass_time(0.01)
        assert await wire.queue.due(10) == money(1)

    async def test_a_message_popped_while_stopping_is_handled(self, wire: RedisWire) -> None:
        # With a message always waiting, a stop nearly always falls into a pop that is underway.
        announced = 0
        taken: list[Ticket] = []
        for _ in range(20):
            worker = Worker(wire, Lane.MONEY)
            async with worker.running():
                for _ in range(MAX_MESSAGES - await wire.queue.length(Lane.MONEY)):
                    announced += 1
                    await wire.queue.announce(money(1, announced))
                await worker.has(1)
            taken += worker.tickets
        assert len(taken) + await wire.queue.length(Lane.MONEY) == announced
