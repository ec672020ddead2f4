"""Keys for a merchant's programs: make, roll and revoke them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.errors import NotFound, Refused
from core.domain.merchant import Account, ApiKey, Mode, Scope
from core.domain.snapshot import of_api_key
from core.use_cases.audit import Audit
from core.use_cases.keyed import Keyed
from ports.chance import Chance
from ports.cipher import Cipher
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork

MAX_KEYS = 50
ID_CHARS, SECRET_CHARS = 20, 32  # 190 bits
SHOWN_CHARS = 4  # of the secret, which leaves 166 bits


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new API key with its secret, which exists in this object only."""

    id: str
    secret: str = field(repr=False)

    def to_keep(self, account: Account, cipher: Cipher, *, at: datetime) -> ApiKey:
        """What is written of it, which opens no door."""
        shown = self.secret[: self.secret.rfind("_") + 1 + SHOWN_CHARS]
        return ApiKey(self.id, account, cipher.digest(self.secret), at, secret_prefix=shown)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key with its secret, which is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


def new_pair(mode: Mode, chance: Chance) -> KeyPair:
    return KeyPair(f"key_{mode}_{chance(ID_CHARS)}", f"secret_{mode}_{chance(SECRET_CHARS)}")


@dataclass(frozen=True)
class CreateKey:
    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    audit: Audit

    async def __call__(
        self, account: Account, actor: str, scope: Scope = Scope.FULL,
        *, description: str | None = None, expires_in_s: float | None = None,
        keyed: Keyed[MadeKey] | None = None,
    ) -> MadeKey:  # fmt: skip
        """Without `expires_in_s` it never expires. Raises NotFound (merchant), Refused at the 51st, KeyTaken."""
        pair = new_pair(account.mode, self.chance)

        async def block(tx: Transaction) -> MadeKey:
            await tx.merchants.get(account.merchant_id)
            now = self.clock()
            await _make_room(tx, account, now)
            key = pair.to_keep(account, self.cipher, at=now)
            key.scope, key.description = scope, description
            if expires_in_s is not None:
                key.expires_at = now + timedelta(seconds=expires_in_s)
            tx.api_keys.add(key)
            self.audit(tx, account, actor, "api_key.create", key.id, after=of_api_key(key), at=now)
            made = MadeKey(key, pair.secret)
            if keyed is not None:
                keyed.bind(tx, made, key.id)
            return made

        return await self.uow.run(block)


@dataclass(frozen=True)
class RollKey:
    """Give a key a successor with the same scope. The old one goes on working for a while."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    audit: Audit
    overlap_s: float = 24 * 3600.0

    async def __call__(
        self, account: Account, actor: str, key_id: str,
        *, overlap_s: float | None = None, keyed: Keyed[MadeKey] | None = None,
    ) -> MadeKey:  # fmt: skip
        """`overlap_s` until the old key ends, None for the installation's. Raises NotFound, Refused, KeyTaken, Busy."""
        pair = new_pair(account.mode, self.chance)
        overlap = timedelta(seconds=self.overlap_s if overlap_s is None else overlap_s)

        async def block(tx: Transaction) -> MadeKey:
            old, now = await owned_key(tx, account, key_id), self.clock()
            before, new = of_api_key(old), pair.to_keep(account, self.cipher, at=now)
            old.roll(new, at=now, overlap=overlap)
            await _make_room(tx, account, now)
            tx.api_keys.add(new)
            self.audit(
                tx, account, actor, "api_key.roll", old.id, before=before, after=of_api_key(old), at=now
            )
            self.audit(tx, account, actor, "api_key.create", new.id, after=of_api_key(new), at=now)
            made = MadeKey(new, pair.secret)
            if keyed is not None:
                keyed.bind(tx, made, new.id)
            return made

        return await self.uow.run(block)


@dataclass(frozen=True)
class RevokeKey:
    """For good; what doors remember of it is over within seconds. Revoked again, nothing changes."""

    uow: UnitOfWork
    clock: Clock
    audit: Audit

    async def __call__(self, account: Account, actor: str, key_id: str) -> ApiKey:
        """Raises NotFound, Busy."""

        async def block(tx: Transaction) -> ApiKey:
            key, now = await owned_key(tx, account, key_id), self.clock()
            before = of_api_key(key)
            if key.revoke(at=now):
                after = of_api_key(key)
                self.audit(tx, account, actor, "api_key.revoke", key_id, before=before, after=after, at=now)
            return key

        return await self.uow.run(block)


async def owned_key(tx: Transaction, account: Account, id: str) -> ApiKey:
    """Raises NotFound also for another merchant's and for the other mode's."""
    key = await tx.api_keys.get(id)
    if key.account != account:
        raise NotFound("API key")
    return key


async def _make_room(tx: Transaction, account: Account, now: datetime) -> None:
    """Raises Refused."""
    others = await tx.api_keys.of(account.merchant_id)
    if sum(other.account == account and other.is_good(now) for other in others) >= MAX_KEYS:
        raise Refused("too_many_api_keys", f"There are {MAX_KEYS} keys already. Revoke one.")
