"""Bind the newest audit entries into the chain."""

from dataclasses import dataclass

from core.domain.audit import Seal, seals_after
from ports.audit_chain import AuditChain

SEAL_BATCH = 1000


@dataclass(frozen=True)
class SealAudit:
    """Behind the backs of those who write entries, who would otherwise queue for the end of the chain.

    Two at once do no harm, since they seal the same entries the same.
    """

    chain: AuditChain

    async def __call__(self) -> list[Seal]:
        """The seals that were added, at most `SEAL_BATCH`. Raises Unavailable."""
        head = await self.chain.head()
        seals = list(seals_after(head, await self.chain.unsealed(head, limit=SEAL_BATCH)))
        if seals:
            await self.chain.append(seals)
        return seals
