"""What the jobs promise to workers and to the relay."""

from collections.abc import Sequence

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.errors import LeaseLost
from core.domain.job import MAX_FAILURES, Job, JobKind, Lane, Ticket
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import fresh_id

ALL = [*Lane]


class JobsContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def announced(self) -> Announced:
        return Announced()

    @pytest.fixture
    def uow(self, backend: Backend, announced: Announced) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, announced, backend.clock, SeededChance())

    @pytest.fixture
    async def ticket(self, uow: OptimisticUnitOfWork, announced: Announced) -> Ticket:
        return await self.owe(uow, announced, JobKind.PROCESS_OPERATION)

    async def owe(self, uow, announced, kind: JobKind, after_s: float = 0) -> Ticket:
        async with uow.begin() as tx:
            tx.jobs.put(kind, fresh_id("x"), after_s=after_s)
        return announced.tickets[-1][0]

    async def relay(self, backend: Backend, lanes: Sequence[str] = ALL) -> list[Ticket]:
        return await backend.jobs.relay(lease_s=30, limit=100, lanes=lanes)

    async def claim(self, backend: Backend, ticket: Ticket) -> Job:
        [job] = await backend.jobs.claim([ticket], lease_s=30)
        return job

    async def test_what_was_announced_is_not_relayed_before_its_lease_runs_out(self, backend, ticket):
        assert await self.relay(backend) == []
        await backend.pass_time(31)
        assert await self.relay(backend) == [ticket], "with its number unchanged"
        assert await self.relay(backend) == [], "reserved again"
        job = await self.claim(backend, ticket)
        assert (job.failures, job.tries) == (0, 1), "a lost message is nobody's failure"

    async def test_a_job_that_is_not_due_is_neither_claimed_nor_relayed(self, backend, uow, announced):
        ticket = await self.owe(uow, announced, JobKind.EXPIRE_ORDER, after_s=60)
        assert await backend.jobs.claim([ticket], lease_s=30) == []
        assert await self.relay(backend) == []
        await backend.pass_time(61)
        assert await self.relay(backend) == [ticket]

    async def test_many_claims_are_one_call_and_only_what_is_free_comes_back(self, backend, uow, announced):
        tickets = [await self.owe(uow, announced, JobKind.DELIVER_EVENT) for _ in range(5)]
        taken = await self.claim(backend, tickets[2])
        jobs = await backend.jobs.claim([*tickets, Ticket("job_none", 1, Lane.MONEY)], lease_s=30)
        assert {job.id for job in jobs} == {ticket.job_id for ticket in tickets} - {taken.id}
        assert {job.lane for job in jobs} == {Lane.RETRIES}, "from now on it would be a repeat"

    async def test_a_lapsed_claim_counts_as_a_failure_and_the_tenth_parks(self, backend, ticket):
        for failures in range(MAX_FAILURES):
            job = await self.claim(backend, ticket)
            assert job.failures == failures
            await backend.pass_time(31)
            relayed = await self.relay(backend)
            ticket = Ticket(job.id, job.lease, job.lane)
            assert relayed == ([ticket] if failures < MAX_FAILURES - 1 else [])
        await backend.pass_time(3600)
        assert await self.relay(backend) == []
        assert await backend.jobs.claim([ticket], lease_s=30) == []

    async def test_a_parked_job_is_set_going_again_by_hand_with_its_failures_forgiven(self, backend, ticket):
        for _ in range(MAX_FAILURES):
            job = await self.claim(backend, ticket)
            await backend.jobs.fail(job, "KeyError: 'x'", after_s=0)
            ticket = job.ticket
        assert await self.relay(backend) == []
        assert await backend.jobs.replay([job.id, "job_none"]) == 1
        assert await backend.jobs.replay([job.id]) == 0, "it is not parked any more"
        assert await self.relay(backend) == [ticket]
        assert (await self.claim(backend, ticket)).failures == 0

    async def test_a_failed_job_waits_and_is_counted(self, backend, ticket):
        job = await self.claim(backend, ticket)
        await backend.jobs.fail(job, "KeyError: 'x'", after_s=10)
        assert await self.relay(backend) == []
        await backend.pass_time(11)
        [again] = await self.relay(backend)
        assert again == job.ticket
        assert (await self.claim(backend, again)).failures == 1

    async def test_who_lost_the_lease_cannot_fail_or_release_the_job(self, backend, ticket):
        slow = await self.claim(backend, ticket)
        await backend.pass_time(31)
        [again] = await self.relay(backend)
        thief = await self.claim(backend, again)
        await backend.jobs.fail(slow, "too late", after_s=0)
        await backend.jobs.release([slow])
        await backend.pass_time(31)
        [third] = await self.relay(backend)
        assert third.lease == thief.lease

    async def test_released_jobs_come_back_untried(self, backend, ticket):
        job = await self.claim(backend, ticket)
        await backend.jobs.release([job])
        [again] = await self.relay(backend)
        assert (await self.claim(backend, again)).tries == 1

    async def test_released_jobs_come_back_when_they_are_told_to(self, backend, ticket):
        job = await self.claim(backend, ticket)
        await backend.jobs.release([job], after_s=10)
        assert await self.relay(backend) == []
        await backend.pass_time(11)
        [again] = await self.relay(backend)
        assert (await self.claim(backend, again)).tries == 1

    @pytest.mark.parametrize("closing", ["done", "put_off"])
    async def test_what_comes_to_be_owed_while_it_is_being_done_is_owed_still(
        self, backend, uow, announced, ticket, closing
    ):
        """Whoever is at it may have looked before there was anything new to see."""
        job = await self.claim(backend, ticket)
        async with uow.begin() as tx:
            tx.jobs.put(job.kind, job.target_id)
        assert await self.relay(backend) == [], "it is still being done"
        async with uow.begin() as tx:
            if closing == "done":
                tx.jobs.done(job)
            else:
                tx.jobs.put_off(job, after_s=3600)
        [again] = await self.relay(backend)
        assert again == job.ticket
        second = await self.claim(backend, again)
        async with uow.begin() as tx:
            tx.jobs.done(second)
        await backend.pass_time(3600)
        assert await self.relay(backend) == []

    async def test_repeats_of_deliveries_have_a_lane_of_their_own(self, backend, uow, announced):
        first = await self.owe(uow, announced, JobKind.DELIVER_EVENT)
        assert first.lane is Lane.DELIVERIES
        job = await self.claim(backend, first)
        async with uow.begin() as tx:
            tx.jobs.put_off(job, after_s=1)
        assert announced.tickets[-1][0].lane is Lane.RETRIES
        await backend.pass_time(2)
        assert await self.relay(backend, [Lane.DELIVERIES, Lane.MONEY]) == []
        [again] = await self.relay(backend, [Lane.RETRIES])
        assert again == job.ticket

    async def test_a_first_attempt_that_was_handed_back_is_one_still(self, backend, uow, announced):
        job = await self.claim(backend, await self.owe(uow, announced, JobKind.DELIVER_EVENT))
        await backend.jobs.release([job])
        [again] = await self.relay(backend, [Lane.DELIVERIES])
        assert again.lane is Lane.DELIVERIES

    async def test_what_was_put_off_is_held_no_more(self, backend, uow, ticket):
        """A worker that was never told that its block is written must not put the job off once more."""
        job = await self.claim(backend, ticket)
        async with uow.begin() as tx:
            tx.jobs.put_off(job, after_s=3600)
        with pytest.raises(LeaseLost):
            async with uow.begin() as tx:
                tx.jobs.put_off(job, after_s=1)
        with pytest.raises(LeaseLost):
            async with uow.begin() as tx:
                tx.jobs.done(job)
        await backend.jobs.fail(job, "too late", after_s=1)
        await backend.jobs.release([job])
        await backend.pass_time(60)
        assert await self.relay(backend) == []
        await backend.pass_time(3600)
        assert (await self.claim(backend, (await self.relay(backend))[0])).failures == 0

    async def test_the_relay_keeps_to_its_lanes_and_its_limit_oldest_first(self, backend, uow, announced):
        money = [await self.owe(uow, announced, JobKind.EXPIRE_ORDER, after_s=n + 1) for n in (2, 0, 1)]
        await self.owe(uow, announced, JobKind.DELIVER_EVENT, after_s=1)
        await backend.pass_time(10)
        oldest = await backend.jobs.relay(lease_s=30, limit=2, lanes=["money"])
        assert {ticket.job_id for ticket in oldest} == {money[1].job_id, money[2].job_id}
        assert [ticket.lane for ticket in await self.relay(backend, ["deliveries"])] == [Lane.DELIVERIES]
