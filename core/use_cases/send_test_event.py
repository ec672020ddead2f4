"""Send an endpoint an event that means nothing, to see whether it arrives."""

from dataclasses import dataclass

from core.domain.errors import Refused
from core.domain.event import Event, Fact
from core.domain.merchant import Account
from core.use_cases.manage_endpoints import owned_endpoint
from core.use_cases.publish import Publish
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True)
class SendTestEvent:
    """`webhook.test`, to this endpoint alone and whatever its filter says; it is delivered like any other."""

    uow: UnitOfWork
    clock: Clock
    publish: Publish

    async def __call__(self, account: Account, endpoint_id: str) -> Event:
        """Raises NotFound, Refused when the endpoint is disabled."""

        async def block(tx: Transaction) -> Event:
            endpoint = await owned_endpoint(tx, account, endpoint_id)
            if not endpoint.enabled:
                raise Refused("endpoint_disabled", "The endpoint is disabled. Enable it first.")
            fact = Fact("webhook.test", None, account, None, endpoint)
            return self.publish.to(endpoint, tx, fact, at=self.clock())

        return await self.uow.run(block)
