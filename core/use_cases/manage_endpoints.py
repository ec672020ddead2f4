"""Where a merchant listens: add, change, remove, and give a new secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.domain.endpoint import DisabledReason, Endpoint, EndpointHealth
from core.domain.errors import NotFound, Refused
from core.domain.ids import ENDPOINT, new_id
from core.domain.merchant import Account
from core.domain.signing import new_webhook_secret
from core.domain.snapshot import of_endpoint
from core.use_cases.audit import Audit
from core.use_cases.keyed import Keyed
from ports.chance import Chance
from ports.cipher import Cipher
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork

MAX_ENDPOINTS = 50
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint with its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@dataclass(frozen=True)
class CreateEndpoint:
    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    audit: Audit

    async def __call__(
        self, account: Account, actor: str, url: str,
        *, events: tuple[str, ...] = (), description: str | None = None, headers: Mapping[str, str] | None = None,
        keyed: Keyed[WithSecret] | None = None,
    ) -> WithSecret:  # fmt: skip
        """`events` empty means all. The caller has checked the URL. Raises Refused at the 51st, KeyTaken."""
        secret = new_webhook_secret(self.chance.bytes(SECRET_BYTES))

        async def block(tx: Transaction) -> WithSecret:
            others = [
                other for other in await tx.endpoints.of(account.merchant_id) if other.account == account
            ]
            if sum(other.deleted_at is None for other in others) >= MAX_ENDPOINTS:
                raise Refused(
                    "too_many_endpoints", f"There are {MAX_ENDPOINTS} endpoints already. Delete one."
                )
            now = self.clock()
            id, sealed = new_id(ENDPOINT, now, self.chance), self.cipher.seal(secret)
            endpoint = Endpoint(id, account, url, events, description, sealed, now)
            keep_headers(endpoint, headers or {}, self.cipher)
            tx.endpoints.add(endpoint)
            tx.health.add(EndpointHealth(id))
            self.audit(tx, account, actor, "endpoint.create", id, after=of_endpoint(endpoint), at=now)
            made = WithSecret(endpoint, secret)
            if keyed is not None:
                keyed.bind(tx, made, id)
            return made

        return await self.uow.run(block)


@dataclass(frozen=True)
class UpdateEndpoint:
    """Change `url`, `events`, `description`, `headers` or `enabled`; what is not named stays."""

    uow: UnitOfWork
    clock: Clock
    cipher: Cipher
    audit: Audit

    async def __call__(
        self, account: Account, actor: str, endpoint_id: str, changes: dict[str, Any]
    ) -> Endpoint:
        """Raises NotFound, Busy."""
        assert changes.keys() <= {"url", "events", "description", "headers", "enabled"}

        async def block(tx: Transaction) -> Endpoint:
            endpoint, now = await owned_endpoint(tx, account, endpoint_id), self.clock()
            before = of_endpoint(endpoint)
            for name, value in changes.items():
                await self._change(tx, endpoint, name, value, now)
            self.audit(
                tx, account, actor, "endpoint.update", endpoint_id,
                before=before, after=of_endpoint(endpoint), at=now,
            )  # fmt: skip
            return endpoint

        return await self.uow.run(block)

    async def _change(
        self, tx: Transaction, endpoint: Endpoint, name: str, value: Any, now: datetime
    ) -> None:
        match name, value:
            case "enabled", True:
                endpoint.enable()
                (await tx.health.get(endpoint.id)).failing_since = None  # a new start
            case "enabled", False:
                endpoint.disable(DisabledReason.MERCHANT, at=now)
            case "headers", _:
                keep_headers(endpoint, value, self.cipher)
            case _:
                setattr(endpoint, name, value)


@dataclass(frozen=True)
class DeleteEndpoint:
    """Its row stays for the delivery log; what was still owed to it ends as failed."""

    uow: UnitOfWork
    clock: Clock
    audit: Audit

    async def __call__(self, account: Account, actor: str, endpoint_id: str) -> None:
        """Raises NotFound, Busy."""

        async def block(tx: Transaction) -> None:
            endpoint, now = await owned_endpoint(tx, account, endpoint_id), self.clock()
            endpoint.deleted_at = now
            before = of_endpoint(endpoint)
            self.audit(tx, account, actor, "endpoint.delete", endpoint_id, before=before, at=now)

        await self.uow.run(block)


@dataclass(frozen=True)
class RotateSecret:
    """The old secret signs beside the new one for `overlap_s`; a rotation within another ends the first."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    audit: Audit
    overlap_s: float = 24 * 3600.0

    async def __call__(
        self, account: Account, actor: str, endpoint_id: str, *, keyed: Keyed[WithSecret] | None = None
    ) -> WithSecret:
        """Raises NotFound, Busy, KeyTaken."""
        secret = new_webhook_secret(self.chance.bytes(SECRET_BYTES))

        async def block(tx: Transaction) -> WithSecret:
            endpoint, now = await owned_endpoint(tx, account, endpoint_id), self.clock()
            endpoint.old_secret = endpoint.secret
            endpoint.old_secret_until = now + timedelta(seconds=self.overlap_s)
            endpoint.secret = self.cipher.seal(secret)
            self.audit(tx, account, actor, "endpoint.rotate_secret", endpoint_id, at=now)
            made = WithSecret(endpoint, secret)
            if keyed is not None:
                keyed.bind(tx, made, endpoint_id)
            return made

        return await self.uow.run(block)


async def owned_endpoint(tx: Transaction, account: Account, id: str) -> Endpoint:
    """Raises NotFound also for what is deleted or somebody else's."""
    endpoint = await tx.endpoints.get(id)
    if endpoint.account != account or endpoint.deleted_at is not None:
        raise NotFound("Webhook endpoint")
    return endpoint


def keep_headers(endpoint: Endpoint, headers: Mapping[str, str], cipher: Cipher) -> None:
    """Their values may be the receiver's secrets."""
    endpoint.header_names = tuple(headers)
    endpoint.sealed_headers = cipher.seal(json.dumps(dict(headers))) if headers else None


def headers_of(endpoint: Endpoint, cipher: Cipher) -> dict[str, str]:
    if endpoint.sealed_headers is None:
        return {}
    headers: dict[str, str] = json.loads(cipher.open(endpoint.sealed_headers))
    return headers
