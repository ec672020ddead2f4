"""Write facts down as events, and owe each to every endpoint that listens for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.endpoint import Endpoint
from core.domain.event import Event, Fact
from core.domain.ids import EVENT, new_id, new_uuid
from core.domain.job import JobKind
from core.domain.snapshot import event_body, event_data
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
        data = _data_of(facts)
        return [
            self._tell(tx, event_body(id, fact, at, text), id, fact, _wanting(listening, fact), at)
            for id, fact, text in zip(ids, facts, data, strict=True)
        ]

    def to(self, endpoint: Endpoint, tx: Transaction, fact: Fact, *, at: datetime) -> Event:
        """To this one alone, whatever its filter says."""
        id = new_id(EVENT, at, self.chance)
        return self._tell(tx, event_body(id, fact, at, event_data(fact.subject)), id, fact, [endpoint], at)

    def _tell(
        self, tx: Transaction, body: str, id: str, fact: Fact, wanted: Sequence[Endpoint], at: datetime
    ) -> Event:
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


def _data_of(facts: Sequence[Fact]) -> list[str]:
    """What each is about, as it is now; written out once for all facts that are about the same."""
    written: dict[int, str] = {}
    for fact in facts:
        if id(fact.subject) not in written:
            written[id(fact.subject)] = event_data(fact.subject)
    return [written[id(fact.subject)] for fact in facts]


def _wanting(listening: Sequence[Endpoint], fact: Fact) -> list[Endpoint]:
    return [endpoint for endpoint in listening if endpoint.wants(fact.name)]
