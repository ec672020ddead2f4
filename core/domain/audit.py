"""Who did what to what, how it was before and after, and the chain of seals that tells on whoever changes it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from core.domain.merchant import Account

GENESIS = "0" * 64


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


@dataclass(frozen=True, slots=True)
class Seal:
    """The place of an entry in the chain, from 1, and the hash that binds it to all entries before it."""

    number: int
    entry_id: str
    hash: str


def link(previous: str, number: int, entry: AuditEntry) -> str:
    """Lower-case hex SHA-256 over the hash before, the number and the entry's canonical content."""
    return sha256(f"{previous}\n{number}\n{_canonical(entry)}".encode()).hexdigest()


def seals_after(head: Seal | None, entries: Iterable[AuditEntry]) -> Iterator[Seal]:
    """The chain's next seals. The same entries in the same order are sealed the same by everybody."""
    number, previous = (head.number, head.hash) if head is not None else (0, GENESIS)
    for entry in entries:
        number += 1
        previous = link(previous, number, entry)
        yield Seal(number, entry.id, previous)


def _canonical(entry: AuditEntry) -> str:
    """Compact JSON, its keys sorted, times in UTC to the microsecond."""
    content = {
        "id": entry.id,
        "merchant_id": entry.account.merchant_id,
        "mode": entry.account.mode,
        "actor": entry.actor,
        "action": entry.action,
        "target_id": entry.target_id,
        "created_at": entry.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "before": entry.before,
        "after": entry.after,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
