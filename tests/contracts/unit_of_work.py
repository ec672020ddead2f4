"""What every unit of work promises, whatever store is under it."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.store import AnswerLost, Changes, Fate, Store, Want
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.errors import ConcurrentUpdate, KeyTaken, LeaseLost, NotFound, Unavailable
from core.domain.idempotency import KeyUse
from core.domain.job import JobKind, Lane, Ticket
from core.domain.operation import Kind
from core.domain.payment import Payment, Status
from ports.clock import Clock
from ports.persistence import Jobs, Transaction
from tests.factories import a_payment, an_event, an_operation, an_order, fresh_id


class Backend(Protocol):
    """A store of one kind, its jobs, and a way to let time pass for it."""

    store: Store
    jobs: Jobs
    clock: Clock

    async def pass_time(self, seconds: float) -> None: ...


@dataclass
class Announced:
    """An announcer that only remembers."""

    tickets: list[tuple[Ticket, float]] = field(default_factory=list)

    def __call__(self, tickets: list[tuple[Ticket, float]]) -> None:
        self.tickets += tickets


@dataclass
class Recorder:
    """A store that remembers the groups it wrote, and loses an answer or hangs when told to."""

    store: Store
    groups: list[int] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)
    lose_next: bool = False
    write_lost: bool = False
    known_fate: Fate = Fate.UNKNOWN
    gate: asyncio.Event | None = None
    read_gate: asyncio.Event | None = None

    async def read(self, wants: list[Want]) -> list[list[Any]]:
        if self.read_gate is not None:
            await self.read_gate.wait()
        self.reads.append(sum(len(want.keys) for want in wants))
        return await self.store.read(wants)

    async def write(self, group: list[Changes]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.groups.append(len(group))
        if self.lose_next:
            self.lose_next = False
            if self.write_lost:
                await self.store.write(group)
            raise AnswerLost("7")
        await self.store.write(group)

    async def fate(self, ticket: str) -> Fate:
        return self.known_fate


class UnitOfWorkContract:
    """Subclasses give a `backend` fixture."""

    @pytest.fixture
    def announced(self) -> Announced:
        return Announced()

    @pytest.fixture
    def recorder(self, backend: Backend) -> Recorder:
        return Recorder(backend.store)

    @pytest.fixture
    def uow(self, recorder: Recorder, announced: Announced, backend: Backend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(recorder, announced, backend.clock, SeededChance())

    @pytest.fixture
    async def payment(self, uow: OptimisticUnitOfWork) -> Payment:
        order = an_order()
        payment = a_payment(order)
        async with uow.begin() as tx:
            tx.orders.add(order)
            tx.payments.add(payment)
        return payment

    async def test_what_a_block_adds_is_there_afterwards_and_equal(self, uow, payment):
        async with uow.begin() as tx:
            assert await tx.payments.get(payment.id) == payment
            assert await tx.payments.of(payment.order_id) == [payment]
            order = await tx.orders.get(payment.order_id)
            assert order.amount == payment.amount
            assert await tx.payments.find("pay_0000000000000000") is None
            with pytest.raises(NotFound, match="Payment not found"):
                await tx.payments.get("pay_0000000000000000")

    async def test_a_changed_copy_is_written_and_an_error_undoes(self, uow, payment):
        async with uow.begin() as tx:
            (await tx.payments.get(payment.id)).reference = "ref_1"
        with pytest.raises(ZeroDivisionError):
            async with uow.begin() as tx:
                (await tx.payments.get(payment.id)).reference = "ref_2"
                tx.orders.add(an_order())
                1 / 0  # noqa: B018 - the accident
        async with uow.begin() as tx:
            kept = await tx.payments.get(payment.id)
        assert (kept.reference, kept.version) == ("ref_1", 2)

    async def test_each_block_has_its_own_copy_and_one_object_per_id(self, uow, payment):
        async with uow.begin() as one, uow.begin() as other:
            mine, yours = await asyncio.gather(one.payments.get(payment.id), other.payments.get(payment.id))
            mine.reference = "unseen"
            assert yours.reference == ""
            assert await one.payments.get(payment.id) is mine
            assert (await one.payments.of(payment.order_id))[0] is mine
            mine.reference = ""

    async def test_a_reading_block_writes_nothing(self, uow, payment, recorder):
        before = len(recorder.groups)
        async with uow.begin() as tx:
            await tx.payments.get(payment.id)
        assert len(recorder.groups) == before

    async def test_two_blocks_changing_one_payment_the_later_fails_and_names_it(self, uow, payment):
        with pytest.raises(ConcurrentUpdate) as conflict:
            async with uow.begin() as later:
                (await later.payments.get(payment.id)).reference = "later"
                async with uow.begin() as first:
                    (await first.payments.get(payment.id)).reference = "first"
        assert conflict.value.aggregate == f"payment {payment.id}"
        async with uow.begin() as tx:
            assert (await tx.payments.get(payment.id)).reference == "first"

    async def test_what_breaks_on_a_mixture_of_old_and_new_is_a_conflict(self, uow, payment):
        """The reads of a block are not of one moment: others may commit between two of them."""
        with pytest.raises(ConcurrentUpdate) as conflict:
            async with uow.begin() as tx:
                await tx.payments.get(payment.id)
                async with uow.begin() as first:
                    (await first.payments.get(payment.id)).reference = "first"
                1 / 0  # noqa: B018 - an assertion that was right before, for example
        assert conflict.value.aggregate == f"payment {payment.id}"

    async def test_a_rule_broken_by_a_mixture_of_old_and_new_is_a_conflict(self, uow, payment):
        operation = an_operation(payment, Kind.REFUND)
        async with uow.begin() as tx:
            tx.operations.add(operation)
        with pytest.raises(ConcurrentUpdate) as conflict:
            async with uow.begin() as tx:
                mine = await tx.operations.get(operation.id)
                async with uow.begin() as first:
                    (await first.operations.get(operation.id)).code = "first"
                    (await first.payments.get(payment.id)).reference = "first"
                mine.code = "later"
                (await tx.payments.get(payment.id)).refund_reserved -= 1
        assert conflict.value.aggregate == f"operation {operation.id}"

    async def test_a_guarded_aggregate_must_not_have_changed(self, uow, payment):
        with pytest.raises(ConcurrentUpdate):
            async with uow.begin() as deciding:
                deciding.guard(await deciding.payments.get(payment.id))
                deciding.orders.add(order := an_order())
                async with uow.begin() as tx:
                    (await tx.payments.get(payment.id)).reference = "changed"
        async with uow.begin() as tx:
            assert await tx.orders.find(order.id) is None
        async with uow.begin() as tx:
            tx.guard(await tx.payments.get(payment.id))
            tx.orders.add(order)
        async with uow.begin() as tx:
            assert await tx.orders.find(order.id) is not None

    async def test_what_is_known_is_not_read_again(self, uow, payment, recorder):
        async with uow.begin() as tx:
            known = await tx.payments.get(payment.id)
        recorder.reads.clear()

        async def block(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).reference = "changed"

        await uow.run(block, known=[known])
        assert recorder.reads == [] and known == payment
        async with uow.begin() as tx:
            assert (await tx.payments.get(payment.id)).reference == "changed"

    async def test_what_was_known_and_has_changed_since_is_read_after_all(self, uow, payment):
        """Whether the block changes it, or only decides by it."""
        async with uow.begin() as tx:
            (await tx.payments.get(payment.id)).amount_captured = 1
        seen = []

        async def add_one(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).amount_captured += 1

        async def look(tx: Transaction) -> None:
            seen.append((await tx.payments.get(payment.id)).amount_captured)

        await uow.run(add_one, known=[payment])
        await uow.run(look, known=[payment])
        assert seen == [0, 2]

    async def test_blocks_gather_while_one_is_in_flight_and_commit_as_one_group(self, uow, recorder):
        recorder.gate = asyncio.Event()

        async def add() -> str:
            async with uow.begin() as tx:
                tx.orders.add(order := an_order())
            return order.id

        blocks = [asyncio.create_task(add()) for _ in range(20)]
        await _idle()
        recorder.gate.set()
        ids = await asyncio.gather(*blocks)
        assert recorder.groups == [1, 19] or recorder.groups == [20]
        async with uow.begin() as tx:
            for id in ids:
                await tx.orders.get(id)

    async def test_concurrent_reads_become_one(self, uow, recorder):
        orders = [an_order() for _ in range(10)]
        async with uow.begin() as tx:
            for order in orders:
                tx.orders.add(order)
        recorder.reads.clear()

        async def read(id: str) -> None:
            async with uow.begin() as tx:
                assert (await tx.orders.get(id)).id == id

        await asyncio.gather(*(read(order.id) for order in orders))
        assert sum(recorder.reads) == 10
        assert len(recorder.reads) <= 2

    async def test_in_a_group_the_one_that_must_fail_fails_alone(self, uow, payment, recorder):
        """A stale payment, a second open payment of the order, and a broken rule, among eight sound blocks."""

        async def stale(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).reference = "stale"
            async with uow.begin() as first:
                (await first.payments.get(payment.id)).reference = "first"

        async def second(tx: Transaction) -> None:
            order = await tx.orders.get(payment.order_id)
            tx.payments.add(a_payment(order))

        async def broken(tx: Transaction) -> None:
            tx.orders.add(order := an_order())
            order.amount_paid = order.amount.minor + 1

        async def sound(tx: Transaction) -> None:
            tx.orders.add(an_order())

        async def submit(block: Any, ready: asyncio.Event) -> None:
            async with uow.begin() as tx:
                await block(tx)
                await ready.wait()

        ready = asyncio.Event()
        blocks = [stale, sound, sound, second, sound, sound, broken, sound, sound, sound, sound]
        tasks = [asyncio.create_task(submit(block, ready)) for block in blocks]
        await _until(lambda: len(recorder.groups) >= 2)  # the payment's own, and the first change of it
        recorder.groups.clear()
        ready.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [block.__name__ for block, result in zip(blocks, results, strict=True) if result]
        assert failed == ["stale", "second", "broken"]
        assert isinstance(results[0], ConcurrentUpdate)
        assert isinstance(results[3], ConcurrentUpdate)
        assert max(recorder.groups) >= 8

    async def test_a_block_that_changes_and_one_that_guards_never_share_a_group(self, uow, payment, recorder):
        """Otherwise the guard would pass on a version that its own group makes stale."""
        ready = asyncio.Event()

        async def change() -> None:
            async with uow.begin() as tx:
                (await tx.payments.get(payment.id)).reference = "changed"
                await ready.wait()

        async def decide() -> None:
            async with uow.begin() as tx:
                tx.guard(await tx.payments.get(payment.id))
                tx.orders.add(an_order())
                await ready.wait()

        tasks = [asyncio.create_task(change()), asyncio.create_task(decide())]
        await _until(lambda: len(recorder.reads) > 0)
        await _idle()
        recorder.groups.clear()
        ready.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[0] is None, "nobody changed what it changes"
        assert results[1] is None or isinstance(results[1], ConcurrentUpdate)
        assert recorder.groups == [1, 1]

    async def test_a_key_bound_twice_at_once_is_bound_once(self, uow):
        use, ready = KeyUse("mer_x:test", fresh_id("key"), "f1"), asyncio.Event()

        async def bind(body: str) -> None:
            async with uow.begin() as tx:
                tx.orders.add(an_order())
                tx.keys.bind(use, 201, body, "order_x")
                await ready.wait()

        tasks = [asyncio.create_task(bind(f"body {i}")) for i in range(5)]
        ready.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["KeyTaken"] * 4 + ["NoneType"]
        async with uow.begin() as tx:
            record = await tx.keys.find(use.scope, use.key)
        assert record is not None
        assert record.body == f"body {results.index(None)}"
        assert (record.status, record.fingerprint, record.resource_id) == (201, "f1", "order_x")

    async def test_a_key_is_new_again_after_a_day(self, uow, backend):
        use = KeyUse("mer_x:test", fresh_id("key"), "f1")
        async with uow.begin() as tx:
            tx.keys.bind(use, 201, "first", "order_1")
        await backend.pass_time(23 * 3600)
        with pytest.raises(KeyTaken):
            async with uow.begin() as tx:
                tx.keys.bind(use, 201, "second", "order_2")
        await backend.pass_time(3600 + 60)
        async with uow.begin() as tx:
            assert await tx.keys.find(use.scope, use.key) is None
            tx.keys.bind(use, 201, "second", "order_2")
        async with uow.begin() as tx:
            record = await tx.keys.find(use.scope, use.key)
        assert record is not None and record.body == "second"

    @pytest.mark.parametrize("written", [True, False])
    async def test_a_commit_whose_answer_is_lost_is_written_exactly_once(self, uow, recorder, written):
        recorder.lose_next, recorder.write_lost = True, written
        recorder.known_fate = Fate.COMMITTED if written else Fate.ABORTED
        async with uow.begin() as tx:
            tx.orders.add(order := an_order())
        assert recorder.groups == ([1] if written else [1, 1])
        async with uow.begin() as tx:
            assert (await tx.orders.get(order.id)).version == 1

    async def test_when_nobody_knows_the_fate_the_error_says_so(self, uow, recorder):
        recorder.lose_next = True
        with pytest.raises(Unavailable, match="may be unknown") as error:
            async with uow.begin() as tx:
                tx.orders.add(an_order())
        assert error.value.reason == "outcome_unknown"

    async def test_a_store_that_hangs_answers_in_time_and_a_waiting_block_is_not_written_later(
        self, recorder, announced, backend
    ):
        uow = OptimisticUnitOfWork(recorder, announced, backend.clock, SeededChance(), block_deadline_s=0.1)
        recorder.gate = asyncio.Event()

        async def add() -> str:
            async with uow.begin() as tx:
                tx.orders.add(order := an_order())
            return order.id

        held, waiting = asyncio.create_task(add()), None
        await _idle()
        waiting = asyncio.create_task(add())
        results = await asyncio.gather(held, waiting, return_exceptions=True)
        assert [error.reason for error in results] == ["outcome_unknown", "database_unavailable"]
        recorder.gate.set()
        async with uow.begin() as tx:
            tx.orders.add(an_order())
        assert sum(recorder.groups) == 2

    async def test_a_read_that_hangs_ends_with_the_block_and_so_does_the_next_one(
        self, recorder, announced, backend, payment
    ):
        uow = OptimisticUnitOfWork(recorder, announced, backend.clock, SeededChance(), block_deadline_s=0.05)
        recorder.read_gate = asyncio.Event()
        async with uow.begin() as tx:
            for _ in range(2):
                with pytest.raises(Unavailable, match="did not answer in time"):
                    await tx.payments.get(payment.id)
        recorder.read_gate.set()
        async with uow.begin() as tx:
            assert await tx.payments.get(payment.id) == payment

    @pytest.mark.parametrize("others", [("plain",), (None,), (None, 'a "quoted" one'), ()])
    async def test_any_text_comes_back_as_it_went(self, uow, others):
        odd = ["NULL", '"', "\\", "{}", "a,b", "", " ", "é ₹ 😀", "\x01\n", None]
        orders = [
            replace(an_order(), receipt=text, notes={text or "n": text or "n"}) for text in [*odd, *others]
        ]
        async with uow.begin() as tx:
            for order in orders:
                tx.orders.add(order)
        async with uow.begin() as tx:
            assert [await tx.orders.get(order.id) for order in orders] == orders

    async def test_what_is_read_ahead_comes_with_the_next_read(self, uow, recorder, payment):
        recorder.reads.clear()
        async with uow.begin() as tx:
            tx.payments.read_ahead(of=payment.order_id)
            tx.payments.read_ahead("pay_0000000000000000")
            tx.keys.read_ahead("mer_1:test", "k-1")
            order = await tx.orders.get(payment.order_id)
            assert await tx.payments.of(order.id) == [payment]
            assert await tx.payments.find("pay_0000000000000000") is None
            assert await tx.keys.find("mer_1:test", "k-1") is None
        assert recorder.reads == [4]

    async def test_what_was_read_ahead_for_nothing_harms_nobody(self, recorder, announced, backend, payment):
        uow = OptimisticUnitOfWork(recorder, announced, backend.clock, SeededChance(), block_deadline_s=0.05)
        recorder.read_gate = asyncio.Event()
        async with uow.begin() as tx:
            tx.payments.read_ahead(payment.id)
            tx.orders.add(an_order())
        async with uow.begin() as tx:
            tx.payments.read_ahead(payment.id)
            with pytest.raises(Unavailable):
                await tx.orders.get(payment.order_id)
        recorder.read_gate.set()
        async with uow.begin() as tx:
            assert await tx.payments.get(payment.id) == payment

    async def test_forty_blocks_on_one_aggregate_all_get_their_turn(self, uow, payment):
        async def add_one(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).amount_captured += 1

        await asyncio.gather(*(uow.run(add_one) for _ in range(40)))
        async with uow.begin() as tx:
            assert (await tx.payments.get(payment.id)).amount_captured == 40

    async def test_forty_blocks_of_two_processes_on_one_aggregate_all_get_their_turn(
        self, uow, payment, backend, announced
    ):
        other = OptimisticUnitOfWork(backend.store, announced, backend.clock, SeededChance(1))

        async def add_one(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).amount_captured += 1

        await asyncio.gather(*(process.run(add_one, patience_s=5) for process in (uow, other) * 20))
        async with uow.begin() as tx:
            assert (await tx.payments.get(payment.id)).amount_captured == 40

    async def test_who_runs_out_of_patience_is_told_so(self, uow, payment):
        async def always_late(tx: Transaction) -> None:
            (await tx.payments.get(payment.id)).reference = "late"
            async with uow.begin() as first:
                (await first.payments.get(payment.id)).amount_captured += 1

        with pytest.raises(ConcurrentUpdate):
            await uow.run(always_late, patience_s=0.05)

    async def test_a_conflict_that_has_a_new_name_each_time_is_not_tried_without_a_pause(self, uow, payment):
        tries = 0

        async def taken(tx: Transaction) -> None:
            nonlocal tries
            tries += 1
            tx.events.add(an_event(payment, 1))

        await uow.run(taken)
        with pytest.raises(ConcurrentUpdate):
            await uow.run(taken, patience_s=0.2)
        assert 2 <= tries <= 60  # after ten milliseconds on average

    async def test_a_payments_invariants_cannot_be_written_away(self, uow, payment):
        for fields in (
            {"amount_captured": payment.amount.minor + 1},
            {"amount_captured": 100, "amount_refunded": 60, "refund_reserved": 41},
            {"amount_captured": 100, "refund_reserved": -1},
        ):
            with pytest.raises(Exception, match=r"(?i)payment"):
                async with uow.begin() as tx:
                    broken = await tx.payments.get(payment.id)
                    for name, value in fields.items():
                        setattr(broken, name, value)
        async with uow.begin() as tx:
            assert await tx.payments.get(payment.id) == payment

    async def test_an_order_has_one_open_payment_and_a_superseded_one_makes_room(self, uow, payment):
        with pytest.raises(ConcurrentUpdate):
            async with uow.begin() as tx:
                tx.payments.add(a_payment(await tx.orders.get(payment.order_id)))
        async with uow.begin() as tx:
            (await tx.payments.get(payment.id)).status = Status.FAILED
            tx.payments.add(second := a_payment(await tx.orders.get(payment.order_id)))
        async with uow.begin() as tx:
            assert len(await tx.payments.of(payment.order_id)) == 2
            assert (await tx.payments.get(second.id)).is_open

    async def test_a_sequence_number_is_given_once(self, uow, payment):
        async with uow.begin() as tx:
            tx.events.add(an_event(payment, 1))
        with pytest.raises(ConcurrentUpdate):
            async with uow.begin() as tx:
                tx.events.add(an_event(payment, 1))

    async def test_a_parent_and_its_children_are_written_in_one_block(self, uow):
        order = an_order()
        payment = a_payment(order)
        async with uow.begin() as tx:
            tx.operations.add(operation := an_operation(payment, Kind.AUTHORIZE))
            tx.events.add(an_event(payment))
            tx.payments.add(payment)
            tx.orders.add(order)
        async with uow.begin() as tx:
            assert await tx.operations.of(payment.id) == [operation]

    async def test_a_job_due_now_is_announced_after_the_commit_and_claimed_once(
        self, uow, backend, announced
    ):
        target = fresh_id("op")
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.PROCESS_OPERATION, target)
            assert announced.tickets == []
        [(ticket, after_s)] = announced.tickets
        assert (ticket.lease, ticket.lane, after_s) == (1, Lane.MONEY, 0)
        [job] = await backend.jobs.claim([ticket], lease_s=30)
        assert (job.id, job.kind, job.target_id, job.lease, job.tries) == (
            ticket.job_id, JobKind.PROCESS_OPERATION, target, 2, 1,
        )  # fmt: skip
        assert await backend.jobs.claim([ticket], lease_s=30) == []

    async def test_an_undone_block_announces_nothing(self, uow, announced):
        with pytest.raises(ZeroDivisionError):
            async with uow.begin() as tx:
                tx.jobs.put(JobKind.EXPIRE_ORDER, fresh_id("order"))
                1 / 0  # noqa: B018 - the accident
        assert announced.tickets == []

    async def test_a_job_is_done_with_its_block_or_not_at_all(self, uow, backend, announced):
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.PROCESS_OPERATION, fresh_id("op"))
        [job] = await backend.jobs.claim([announced.tickets[0][0]], lease_s=30)
        with pytest.raises(ZeroDivisionError):
            async with uow.begin() as tx:
                tx.jobs.done(job)
                1 / 0  # noqa: B018 - the accident
        async with uow.begin() as tx:
            tx.jobs.done(job)
        with pytest.raises(LeaseLost):
            async with uow.begin() as tx:
                tx.jobs.done(job)

    async def test_work_under_a_stolen_lease_is_dropped_whole(self, uow, backend, announced, payment):
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.PROCESS_OPERATION, fresh_id("op"))
        [slow] = await backend.jobs.claim([announced.tickets[0][0]], lease_s=1)
        await backend.pass_time(2)
        [ticket] = await backend.jobs.relay(lease_s=30, limit=10_000, lanes=["money"])
        assert ticket == Ticket(slow.id, slow.lease, Lane.MONEY)
        [thief] = await backend.jobs.claim([ticket], lease_s=30)
        with pytest.raises(LeaseLost):
            async with uow.begin() as tx:
                (await tx.payments.get(payment.id)).reference = "late"
                tx.jobs.done(slow)
        async with uow.begin() as tx:
            assert (await tx.payments.get(payment.id)).reference == ""
            tx.jobs.put_off(thief, after_s=60)
        assert announced.tickets[-1] == (thief.ticket, 60)

    async def test_owing_twice_is_owing_once_at_the_earlier_time(self, uow, backend, announced):
        target = fresh_id("pay")
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.EXPIRE_HOLD, target, after_s=3600)
        ticket = announced.tickets[0][0]
        assert announced.tickets[0][1] == 3600
        assert await backend.jobs.claim([ticket], lease_s=30) == []
        async with uow.begin() as tx:
            tx.jobs.put(JobKind.EXPIRE_HOLD, target)
        assert ticket in await backend.jobs.relay(lease_s=30, limit=10_000, lanes=["money"])
        assert [job.target_id for job in await backend.jobs.claim([ticket], lease_s=30)] == [target]


async def _idle() -> None:
    """Let every task go as far as it can without the outside."""
    for _ in range(50):
        await asyncio.sleep(0)


async def _until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)
