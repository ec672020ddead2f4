"""Who did what to what, and how it was before and after."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.domain.merchant import Account


@dataclass(slots=True)
class AuditEntry:
    """Append-only. `actor` is an API key's id, `gateway` or `operator`; secrets never appear in it."""

    id: str
    account: Account
    actor: str
    action: str
    target_id: str
    created_at: datetime
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    version: int = 0
