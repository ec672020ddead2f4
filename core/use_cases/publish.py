"""Write facts down as events, and owe each to every endpoint that listens for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.endpoint import Endpoint
from core.domain.event import Event, Fact
from core.domain.ids import EVENT, new_id, new_uuid
from core.domain.job import JobKind
from core.domain.snapshot import event_body
from core.domain.webhook import Delivery
from ports.chance import Chance
from ports.persistence import Transaction


@dataclass(frozen=True)
class Publish:
    """Part of a block: the facts are told if, and only if, the block commits."""

    chance: Chance
    first_delay_s: float = 0

    async def __call__(self, tx: Transaction, facts: Sequence[Fact], *, at: datetime) -> list[Event]:
        """The events, in the facts' order. All facts belong to one account."""
        if not facts:
            return []
        account = facts[0].account
        endpoints = await tx.endpoints.of(account.merchant_id)
        listening = [endpoint for endpoint in endpoints if endpoint.account == account and endpoint.listens]
        ids = sorted(new_id(EVENT, at, self.chance) for _ in facts)  # facts of one moment keep their order
        return [
            self._tell(tx, id, fact, [endpoint for endpoint in listening if endpoint.wants(fact.name)], at)
            for id, fact in zip(ids, facts, strict=True)
        ]

    def to(self, endpoint: Endpoint, tx: Transaction, fact: Fact, *, at: datetime) -> Event:
        """To this one alone, whatever its filter says."""
        return self._tell(tx, new_id(EVENT, at, self.chance), fact, [endpoint], at)

    def _tell(self, tx: Transaction, id: str, fact: Fact, wanted: Sequence[Endpoint], at: datetime) -> Event:
        body = event_body(id, fact, at)
        event = Event(id, fact.account, fact.name, fact.payment_id, fact.sequence, body, len(wanted), at)
        tx.events.add(event)
        for endpoint in wanted:
            self._owe(tx, event, endpoint.id, at)
        return event

    def _owe(self, tx: Transaction, event: Event, endpoint_id: str, at: datetime) -> None:
        id = new_uuid(at, self.chance.bytes(10))
        delivery = Delivery(id, event.account, event.id, endpoint_id, event.name, at, next_retry_at=at)
        tx.deliveries.add(delivery)
        tx.jobs.put(JobKind.DELIVER_EVENT, id, after_s=self.first_delay_s)
