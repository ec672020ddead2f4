"""Send nothing to an endpoint any more, and tell the merchant's others."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.endpoint import DisabledReason, Endpoint
from core.domain.event import Fact
from core.domain.snapshot import of_endpoint
from core.use_cases.audit import Audit
from core.use_cases.publish import Publish
from ports.persistence import Transaction

ACTOR = "gateway"


@dataclass(frozen=True)
class DisableEndpoint:
    """Part of a block. What is owed to it ends as failed when it comes due; a replay recovers it."""

    publish: Publish
    audit: Audit

    async def __call__(
        self, tx: Transaction, endpoint: Endpoint, reason: DisabledReason, *, at: datetime
    ) -> None:
        if not endpoint.listens:
            return
        before = of_endpoint(endpoint)
        endpoint.disable(reason, at=at)
        self.audit(
            tx, endpoint.account, ACTOR, "endpoint.disable", endpoint.id,
            before=before, after=of_endpoint(endpoint), at=at,
        )  # fmt: skip
        told = Fact("webhook_endpoint.disabled", None, endpoint.account, None, endpoint)
        await self.publish(tx, [told], at=at)
