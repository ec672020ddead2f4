"""Whatever happens to Redis, a running worker goes on by itself, and a caller is told cleanly."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic

import pytest
from redis.asyncio import Redis
from redis.backoff import EqualJitterBackoff

from adapters.embedded.address import choose_port
from adapters.redis import broker
from adapters.redis.broker import LaneBroker
from adapters.redis.client import connect
from adapters.redis.job_queue import RedisJobQueue
from core.domain.errors import Unavailable
from core.domain.job import Lane
from tests.integration.redis_machine import ANSWER_S, BLOCK_S, WITHIN_S, Machine, Worker, a_ticket, a_worker


@pytest.fixture
def machine() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    folder.chmod(0o755)
    machine = Machine(folder, choose_port(folder / "port", None))
    machine.start()
    yield machine
    machine.server.kill()
    shutil.rmtree(folder)


@pytest.fixture
async def redis(machine: Machine) -> AsyncIterator[Redis]:
    client = connect(machine.server.url, timeout_s=0.3)
    yield client
    await client.aclose()


@pytest.fixture
async def worker(machine: Machine, redis: Redis) -> AsyncIterator[Worker]:
    async with a_worker(machine.server.url, redis) as worker:
        yield worker


async def test_idling_for_longer_than_the_socket_timeout(worker: Worker) -> None:
    await asyncio.sleep(2 * (BLOCK_S + ANSWER_S))
    await worker.gets_new_work()


async def test_flushall(worker: Worker, redis: Redis) -> None:
    for _ in range(3):
        await worker.queue.schedule([(a_ticket(), 60)])
        await redis.flushall()
        await redis.script_flush()
        assert await worker.queue.due(10) == []
        await worker.gets_new_work()


async def test_a_kill_and_a_restart(worker: Worker, machine: Machine) -> None:
    machine.server.kill()
    for call in (
        worker.queue.announce([a_ticket()]),
        worker.queue.schedule([(a_ticket(), 1)]),
        worker.queue.due(1),
        worker.queue.length(Lane.MONEY),
    ):
        with pytest.raises(Unavailable, match="job queue") as raised:
            await call
        assert raised.value.reason == "queue_unavailable"
    await asyncio.sleep(0.3)
    machine.start()
    await worker.gets_new_work()
    await worker.queue.schedule([(a_ticket(), 60)])  # its script is gone from the server


async def test_an_outage_of_a_thousand_tries(
    worker: Worker, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "BACK_OFF", EqualJitterBackoff(cap=0, base=0.05))
    tries = []
    hang_up = LaneBroker._hang_up

    async def counted(self: LaneBroker) -> None:
        tries.append(1)
        await hang_up(self)

    monkeypatch.setattr(LaneBroker, "_hang_up", counted)
    machine.server.kill()
    async with asyncio.timeout(WITHIN_S):
        while len(tries) < 1100:
            assert not worker.listening.done()
            await asyncio.sleep(0.01)
    machine.start()
    await worker.gets_new_work()


async def test_a_restart_that_the_caller_does_not_notice(worker: Worker, machine: Machine) -> None:
    machine.server.stop()
    machine.start()
    await worker.queue.announce([a_ticket()])
    await worker.gets_new_work()


async def test_a_pause(worker: Worker, redis: Redis) -> None:
    await redis.client_pause(1500)
    began = monotonic()
    with pytest.raises(Unavailable):
        await worker.queue.announce([a_ticket()])
    assert monotonic() - began < 1
    await asyncio.sleep(0.8)
    await worker.gets_new_work()


async def test_a_server_that_hangs(worker: Worker, machine: Machine) -> None:
    os.kill(machine.server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await worker.queue.announce([a_ticket()])
        await asyncio.sleep(0.8)
    finally:
        os.kill(machine.server.pid, signal.SIGCONT)
    await worker.gets_new_work()


async def test_connections_that_are_cut(worker: Worker, redis: Redis) -> None:
    for _ in range(5):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await worker.gets_new_work()


async def test_full_memory(worker: Worker, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("maxmemory", 1)
    with pytest.raises(Unavailable):
        await worker.queue.announce([a_ticket()])
    with pytest.raises(Unavailable):
        await worker.queue.schedule([(a_ticket(), 1)])
    assert await worker.queue.length(Lane.MONEY) == 0
    await redis.config_set("maxmemory", 0)
    await worker.gets_new_work()


async def test_what_waits_is_taken_even_from_a_full_server(machine: Machine, redis: Redis) -> None:
    queue, waiting = RedisJobQueue(redis), [a_ticket() for _ in range(3)]
    await queue.schedule([(waiting[0], 0)])
    await redis.config_set("maxmemory", 1)
    await asyncio.sleep(0.01)
    assert await queue.due(10) == waiting[:1]


async def test_a_server_that_turns_into_a_replica(worker: Worker, redis: Redis) -> None:
    await redis.execute_command("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(Unavailable):
        await worker.queue.announce([a_ticket()])
    await asyncio.sleep(0.2)
    await redis.execute_command("REPLICAOF", "NO", "ONE")
    await worker.gets_new_work()


async def test_a_key_of_somebody_elses(worker: Worker, redis: Redis) -> None:
    await redis.set("gateway:queue:money", "mine")
    await asyncio.sleep(2 * BLOCK_S)
    with pytest.raises(Unavailable):
        await worker.queue.announce([a_ticket()])
    await redis.delete("gateway:queue:money")
    await worker.gets_new_work()


async def test_stopping_during_an_outage_is_quick(machine: Machine, redis: Redis) -> None:
    async with a_worker(machine.server.url, redis):
        machine.server.kill()
        await asyncio.sleep(0.5)
        began = monotonic()
    assert monotonic() - began < 0.5


async def test_work_in_hand_outlives_an_outage(machine: Machine, redis: Redis) -> None:
    free, finished = asyncio.Event(), []
    free.set()

    async def work() -> None:
        await free.wait()
        finished.append(True)

    async with a_worker(machine.server.url, redis, work) as worker:
        free.clear()
        await worker.gets_new_work()
        machine.server.kill()
        await asyncio.sleep(0.2)
        machine.start()
        free.set()
        await worker.gets_new_work()
    assert len(finished) == 3
