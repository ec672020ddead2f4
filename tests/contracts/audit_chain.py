"""What the chain of the audit log promises, and that whatever is done to the log is found."""

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest

from adapters.memory.chance import SeededChance
from adapters.unit_of_work.unit_of_work import OptimisticUnitOfWork
from core.domain.audit import AuditEntry, Seal
from core.use_cases import seal_audit, verify_audit
from core.use_cases.seal_audit import SealAudit
from core.use_cases.verify_audit import Breach, Broken, VerifyAudit
from ports.audit_chain import AuditChain, Tail
from tests.contracts.unit_of_work import Announced, Backend
from tests.factories import ACCOUNT, NOW, fresh_id


class ChainBackend(Backend, Protocol):
    audit_chain: AuditChain

    async def tamper(self, how: str, *entry_ids: str) -> None: ...


def an_entry(number: int = 0) -> AuditEntry:
    before, after = (
        {"status": "authorized", "notes": {"ü": "\\u0000 ✓", "a": None}},
        {"amount": 2**53, "tags": [1]},
    )
    at = NOW + timedelta(microseconds=number)
    return AuditEntry(
        fresh_id("aud"), ACCOUNT, "key_test_x", "payment.capture", fresh_id("pay"), at, before, after
    )


class AuditChainContract:
    """Subclasses give a `backend` fixture over an empty store."""

    @pytest.fixture
    def uow(self, backend: ChainBackend) -> OptimisticUnitOfWork:
        return OptimisticUnitOfWork(backend.store, Announced(), backend.clock, SeededChance())

    @pytest.fixture(autouse=True)
    def _batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seal_audit, "SEAL_BATCH", 4)
        monkeypatch.setattr(verify_audit, "BATCH", 3)

    async def write(self, uow: OptimisticUnitOfWork, count: int) -> list[str]:
        """The ids of new entries, each of a block of its own, in the order of their commits."""
        entries = [an_entry(number) for number in range(count)]
        entries.reverse()  # so that their ids do not say in which order
        for entry in entries:
            async with uow.begin() as tx:
                tx.audit.add(entry)
        return [entry.id for entry in entries]

    async def sealed(self, backend: ChainBackend, uow: OptimisticUnitOfWork, count: int = 8) -> list[str]:
        ids = await self.write(uow, count)
        await self.seal(backend.audit_chain)
        return ids

    async def seal(self, chain: AuditChain) -> Seal | None:
        while await SealAudit(chain)():
            pass
        return await chain.head()

    async def test_entries_are_sealed_in_the_order_of_their_commits(self, backend, uow):
        chain = backend.audit_chain
        assert await self.seal(chain) is None
        assert await VerifyAudit(chain)() == verify_audit.AuditVerdict(0, None, None, Tail(0, None))
        ids = await self.write(uow, 10)
        head = await self.seal(chain)
        assert head is not None
        assert head.number == 10
        links = await chain.links(after=0, limit=20)
        assert [each.seal.entry_id for each in links] == ids
        assert [each.entry.id for each in links] == ids
        assert [each.seal.number for each in links] == list(range(1, 11))
        assert len({each.seal.hash for each in links}) == 10
        verdict = await VerifyAudit(chain)()
        assert (verdict.sound, verdict.head, verdict.broken) == (10, head, None)

    async def test_what_is_not_sealed_yet_is_counted(self, backend, uow):
        await self.sealed(backend, uow, 3)
        await self.write(uow, 2)
        verdict = await VerifyAudit(backend.audit_chain)()
        assert (verdict.sound, verdict.broken, verdict.tail) == (3, None, Tail(2, NOW))
        await self.seal(backend.audit_chain)
        assert (await VerifyAudit(backend.audit_chain)()).tail == Tail(0, None)

    async def test_two_sealers_do_no_harm(self, backend, uow):
        chain = backend.audit_chain
        ids = await self.write(uow, 12)
        stale = await chain.head()
        for _ in range(2):
            await asyncio.gather(*(SealAudit(chain)() for _ in range(3)))
            await SealAudit(_Stale(chain, stale))()  # as one that was asleep since it looked
        await self.seal(chain)
        assert [each.seal.entry_id for each in await chain.links(after=0, limit=20)] == ids
        assert (await VerifyAudit(chain)()).broken is None

    async def test_a_changed_entry_is_found(self, backend, uow):
        ids = await self.sealed(backend, uow)
        await backend.tamper("change", ids[4])
        assert await self.broken(backend) == Broken(Breach.CHANGED, 5, (ids[4],))

    async def test_the_first_of_several_is_told(self, backend, uow):
        ids = await self.sealed(backend, uow)
        for id in (ids[6], ids[0]):
            await backend.tamper("change", id)
        assert await self.broken(backend) == Broken(Breach.CHANGED, 1, (ids[0],))

    @pytest.mark.parametrize("index", [0, 3, 7])
    async def test_a_removed_entry_is_found(self, backend, uow, index):
        ids = await self.sealed(backend, uow)
        await backend.tamper("remove", ids[index])
        assert await self.broken(backend) == Broken(Breach.REMOVED, index + 1, (ids[index],))

    @pytest.mark.parametrize("index", [0, 4, 7])
    async def test_an_inserted_entry_is_found(self, backend, uow, index):
        ids = await self.sealed(backend, uow)
        await backend.tamper("insert", ids[index])
        broken = await self.broken(backend)
        assert (broken.breach, broken.ids) == (Breach.INSERTED, (ids[index][:-1] + "!",))
        assert broken.number <= index + 1

    async def test_entries_in_another_order_are_found(self, backend, uow):
        ids = await self.sealed(backend, uow)
        await backend.tamper("swap", ids[3], ids[4])
        assert await self.broken(backend) == Broken(Breach.REORDERED, 4, (ids[4], ids[3]))

    async def test_a_removed_seal_is_found(self, backend, uow):
        ids = await self.sealed(backend, uow)
        await backend.tamper("unseal", ids[2])
        assert await self.broken(backend) == Broken(Breach.UNSEALED, 3)

    async def test_a_log_that_was_cut_off_is_found_by_whoever_noted_its_head(self, backend, uow):
        ids, noted = await self.sealed(backend, uow), await backend.audit_chain.head()
        await backend.tamper("cut", ids[6])
        assert await self.broken(backend) is None, "what is left is sound in itself"
        assert await self.broken(backend, noted) == Broken(Breach.CUT_OFF, 7)

    async def test_a_log_that_was_forged_as_a_whole_is_found_by_whoever_noted_its_head(self, backend, uow):
        ids, noted = await self.sealed(backend, uow), await backend.audit_chain.head()
        assert await self.broken(backend, noted) is None
        await backend.tamper("cut", ids[6])
        new = await self.sealed(backend, uow, 4)
        assert await self.broken(backend) is None
        assert await self.broken(backend, noted) == Broken(Breach.CUT_OFF, 8, (new[1],))

    async def broken(self, backend: ChainBackend, anchor: Seal | None = None) -> Broken | None:
        return (await VerifyAudit(backend.audit_chain)(anchor=anchor)).broken


class _Stale:
    """A chain whose head is what it was."""

    def __init__(self, chain: AuditChain, head: Seal | None) -> None:
        self._chain, self._head = chain, head

    async def head(self) -> Seal | None:
        return self._head

    def __getattr__(self, name: str) -> object:
        return getattr(self._chain, name)
