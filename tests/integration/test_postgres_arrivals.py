"""A socket is watched while somebody waits for it, and not beyond what comes when nobody does."""

import asyncio
import socket

import pytest

from adapters.postgres.arrivals import Arrivals


@pytest.fixture
def pair():
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        yield here, there


async def test_each_wait_ends_with_what_comes(pair):
    here, there = pair
    arrivals = Arrivals(here.fileno())
    for _ in range(2):
        waiting = asyncio.create_task(arrivals.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        there.send(b"x")
        await waiting
        assert here.recv(9) == b"x"
    arrivals.end()


async def test_what_comes_when_nobody_waits_does_not_keep_the_loop_busy(pair):
    here, there = pair
    arrivals = Arrivals(here.fileno())
    there.send(b"x")
    await arrivals.next()
    there.send(b"y")  # and nothing is read
    for _ in range(3):
        await asyncio.sleep(0)
    assert not asyncio.get_running_loop().remove_reader(here.fileno()), "it is watched still"
    await arrivals.next()  # watched anew
    arrivals.end()


async def test_the_other_sides_end_is_an_arrival(pair):
    here, there = pair
    arrivals = Arrivals(here.fileno())
    there.close()
    await arrivals.next()
    arrivals.end()


async def test_who_waits_where_nothing_is_watched_any_more_is_woken(pair):
    here, _ = pair
    arrivals = Arrivals(here.fileno())
    waiting = asyncio.create_task(arrivals.next())
    await asyncio.sleep(0)
    arrivals.end()
    async with asyncio.timeout(5):
        await waiting
