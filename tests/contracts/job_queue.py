"""What every job queue promises."""

import asyncio

from core.domain.job import Lane, Ticket
from tests.contracts.wire import MAX_MESSAGES, MAX_SCHEDULED, Wire, Worker, deliveries, money


class JobQueueContract:
    """Needs a fixture `wire`."""

    async def test_what_is_announced_arrives_oldest_first(self, wire: Wire) -> None:
        worker = Worker(wire, Lane.MONEY)
        for ticket in money(3):
            await wire.queue.announce([ticket])
        async with worker.running():
            assert await worker.has(3) == money(3)

    async def test_a_worker_that_waits_is_woken(self, wire: Wire) -> None:
        worker = Worker(wire, Lane.MONEY)
        async with worker.running():
            await asyncio.sleep(0.02)
            await wire.queue.announce(money(1))
            assert await worker.has(1) == money(1)

    async def test_many_tickets_share_a_message(self, wire: Wire) -> None:
        await wire.queue.announce(money(65))
        assert await wire.queue.length(Lane.MONEY) == 2
        worker = Worker(wire, Lane.MONEY)
        async with worker.running():
            assert await worker.has(65) == money(65)
        assert [len(message) for message in worker.messages] == [64, 1]
        assert await wire.queue.length(Lane.MONEY) == 0

    async def test_lanes_are_apart(self, wire: Wire) -> None:
        both = [ticket for pair in zip(money(2), deliveries(2), strict=True) for ticket in pair]
        await wire.queue.announce(both)
        assert [await wire.queue.length(lane) for lane in (Lane.MONEY, Lane.DELIVERIES)] == [1, 1]
        for lane, expected in ((Lane.DELIVERIES, deliveries(2)), (Lane.MONEY, money(2))):
            worker = Worker(wire, lane)
            async with worker.running():
                await worker.has(2)
            assert worker.tickets == expected

    async def test_nothing_is_not_announced(self, wire: Wire) -> None:
        await wire.queue.announce([])
        await wire.queue.schedule([])
        assert [await wire.queue.length(lane) for lane in (Lane.MONEY, Lane.DELIVERIES)] == [0, 0]
        assert await wire.queue.due(10) == []

    async def test_a_full_lane_loses_what_came_last(self, wire: Wire) -> None:
        for ticket in money(MAX_MESSAGES + 2):
            await wire.queue.announce([ticket])
        assert await wire.queue.length(Lane.MONEY) == MAX_MESSAGES
        worker = Worker(wire, Lane.MONEY)
        async with worker.running():
            assert await worker.has(MAX_MESSAGES) == money(MAX_MESSAGES)

    async def test_scheduled_tickets_come_when_their_time_has_come(self, wire: Wire) -> None:
        [soon, later] = money(1) + deliveries(1)
        await wire.queue.schedule([(later, 60), (soon, 0.02)])
        assert await wire.queue.due(10) == []
        await wire.pass_time(0.03)
        assert await wire.queue.due(10) == [soon]
        assert await wire.queue.due(10) == []

    async def test_what_is_due_comes_earliest_first_and_no_more_than_asked(self, wire: Wire) -> None:
        first, second, third = money(3)
        await wire.queue.schedule([(third, 0.02), (first, 0), (second, 0.01)])
        await wire.pass_time(0.03)
        assert await wire.queue.due(2) == [first, second]
        assert await wire.queue.due(2) == [third]

    async def test_a_ticket_scheduled_twice_comes_once_at_the_earlier_time(self, wire: Wire) -> None:
        sooner, later = money(2)
        await wire.queue.schedule([(sooner, 60), (later, 0.01)])
        await wire.queue.schedule([(later, 60), (sooner, 0.02)])
        await wire.pass_time(0.03)
        assert await wire.queue.due(10) == [later, sooner]
        assert await wire.queue.due(10) == []

    async def test_another_lease_is_another_ticket(self, wire: Wire) -> None:
        [old] = money(1)
        new = Ticket(old.job_id, 2, old.lane)
        await wire.queue.schedule([(old, 60), (new, 0)])
        await wire.pass_time(0.01)
        assert await wire.queue.due(10) == [new]

    async def test_two_who_ask_share_what_is_due(self, wire: Wire) -> None:
        await wire.queue.schedule([(ticket, 0) for ticket in money(4)])
        await wire.pass_time(0.01)
        one, two = await asyncio.gather(wire.queue.due(3), wire.queue.due(3))
        assert sorted(ticket.job_id for ticket in one + two) == [ticket.job_id for ticket in money(4)]

    async def test_a_full_schedule_loses_what_is_due_last(self, wire: Wire) -> None:
        tickets = money(MAX_SCHEDULED + 1)
        last_due = tickets[2]
        await wire.queue.schedule([(ticket, 0.01 if ticket != last_due else 0.02) for ticket in tickets])
        await wire.pass_time(0.03)
        kept = await wire.queue.due(10)
        assert sorted(ticket.job_id for ticket in kept) == [t.job_id for t in tickets if t != last_due]
