"""Write down who did what to what."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.audit import AuditEntry
from core.domain.ids import AUDIT, new_id
from core.domain.merchant import Account
from core.domain.snapshot import Snapshot
from ports.chance import Chance
from ports.persistence import Transaction

# Those who act without an API key.
GATEWAY, OPERATOR = "gateway", "operator"


@dataclass(frozen=True)
class Audit:
    """Part of a block: the entry stands if, and only if, the change does. Snapshots hold no secrets."""

    chance: Chance

    def __call__(
        self, tx: Transaction, account: Account, actor: str, action: str, target_id: str,
        *, before: Snapshot | None = None, after: Snapshot | None = None, at: datetime,
    ) -> None:  # fmt: skip
        id = new_id(AUDIT, at, self.chance)
        entry = AuditEntry(id, account, actor, action, target_id, at, before or {}, after or {})
        tx.audit.add(entry)
