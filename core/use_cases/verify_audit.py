"""Walk the chain of the audit log, and find its first broken link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.audit import GENESIS, Seal, link
from ports.audit_chain import BEGINNING, AuditChain, Link, Place, Tail

BATCH = 1000
Note = Callable[[int], None]


class Breach(StrEnum):
    """What was done to the log where it is broken."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    UNSEALED = "unsealed"  # a seal was removed
    CUT_OFF = "cut_off"  # the chain ends before a seal that was noted elsewhere, or is another one


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken link: the number of its seal, and the ids of the entries it is about."""

    breach: Breach
    number: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """How many links hold, the last of them, the first that does not, and what is not sealed yet."""

    sound: int
    head: Seal | None
    broken: Broken | None
    tail: Tail


@dataclass(frozen=True)
class VerifyAudit:
    chain: AuditChain

    async def __call__(self, *, anchor: Seal | None = None, note: Note = lambda _: None) -> AuditVerdict:
        """`anchor` is a head that was noted earlier, elsewhere: whoever can write everything here could forge the
        whole chain, but not what it was. `note` is told how many links were checked. Raises Unavailable."""
        head, place, broken = None, BEGINNING, None
        while links := await self.chain.links(after=head.number if head else 0, limit=BATCH):
            good, broken = _walk(head, place, links)
            to = good[-1].place if good else place
            assert to is not None
            stray = await self.chain.stray(place, to)
            if stray is not None:
                broken = Broken(Breach.INSERTED, head.number + 1 if head else 1, (stray,))
            else:
                broken = _against(anchor, good) or broken
            if broken is not None:
                return AuditVerdict(broken.number - 1, head, broken, await self.chain.tail())
            head, place = good[-1].seal, to
            note(head.number)
        if anchor is not None and (head is None or head.number < anchor.number):
            broken = Broken(Breach.CUT_OFF, (head.number if head else 0) + 1)
        return AuditVerdict(head.number if head else 0, head, broken, await self.chain.tail())


def _walk(head: Seal | None, place: Place, links: Sequence[Link]) -> tuple[list[Link], Broken | None]:
    """The links that hold, up to the first that does not."""
    number, previous = (head.number, head.hash) if head else (0, GENESIS)
    for index, each in enumerate(links):
        number += 1
        broken = _broken(each, number, previous, place, links)
        if broken is not None:
            return list(links[:index]), broken
        assert each.place is not None
        previous, place = each.seal.hash, each.place
    return list(links), None


def _broken(each: Link, number: int, previous: str, place: Place, links: Sequence[Link]) -> Broken | None:
    seal = each.seal
    if seal.number != number:
        return Broken(Breach.UNSEALED, number)
    if each.entry is None or each.place is None:
        return Broken(Breach.REMOVED, number, (seal.entry_id,))
    if each.place <= place:
        return Broken(Breach.REORDERED, number, (seal.entry_id,))
    if seal.hash == link(previous, number, each.entry):
        return None
    for other in links:
        if other.entry is not None and seal.hash == link(previous, number, other.entry):
            return Broken(Breach.REORDERED, number, (seal.entry_id, other.seal.entry_id))
    return Broken(Breach.CHANGED, number, (seal.entry_id,))


def _against(anchor: Seal | None, good: Sequence[Link]) -> Broken | None:
    for each in good:
        if anchor is not None and each.seal.number == anchor.number and each.seal.hash != anchor.hash:
            return Broken(Breach.CUT_OFF, anchor.number, (each.seal.entry_id,))
    return None
