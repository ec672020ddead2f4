"""Take merchants in, and change what they may set themselves."""

from dataclasses import dataclass, field
from typing import Any

from core.domain.errors import ConcurrentUpdate, Refused
from core.domain.ids import MERCHANT, new_id
from core.domain.merchant import Account, Merchant, Mode
from core.domain.snapshot import of_api_key
from core.use_cases.audit import OPERATOR, Audit
from core.use_cases.manage_api_keys import SECRET_CHARS, KeyPair, new_pair
from ports.chance import Chance
from ports.cipher import Cipher
from ports.clock import Clock
from ports.persistence import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class Created:
    """A merchant with all that is shown once."""

    merchant: Merchant
    keys: dict[Mode, KeyPair]
    signing_secrets: dict[Mode, str] = field(repr=False)


@dataclass(frozen=True)
class CreateMerchant:
    """A merchant with a test and a live key pair. `test_key` fixes the test pair, for development only."""

    uow: UnitOfWork
    clock: Clock
    chance: Chance
    cipher: Cipher
    audit: Audit

    async def __call__(self, name: str, email: str, *, test_key: KeyPair | None = None) -> Created:
        """Raises Refused when the e-mail address is taken."""
        keys = {mode: new_pair(mode, self.chance) for mode in Mode}
        if test_key is not None:
            keys[Mode.TEST] = test_key
        signing_secrets = {mode: f"sign_{mode}_{self.chance(SECRET_CHARS)}" for mode in Mode}

        async def block(tx: Transaction) -> Merchant:
            if await tx.merchants.of(email):
                raise Refused("email_taken", f"A merchant with the address {email} exists already.")
            now = self.clock()
            sealed = {mode: self.cipher.seal(secret) for mode, secret in signing_secrets.items()}
            id = new_id(MERCHANT, now, self.chance)
            merchant = Merchant(id, name, email, sealed[Mode.TEST], sealed[Mode.LIVE], now)
            tx.merchants.add(merchant)
            for mode, key in keys.items():
                account = Account(id, mode)
                kept = key.to_keep(account, self.cipher, at=now)
                tx.api_keys.add(kept)
                self.audit(tx, account, OPERATOR, "api_key.create", key.id, after=of_api_key(kept), at=now)
            return merchant

        try:
            merchant = await self.uow.run(block)
        except ConcurrentUpdate:
            raise Refused("email_taken", f"A merchant with the address {email} exists already.") from None
        return Created(merchant, keys, signing_secrets)


@dataclass(frozen=True)
class UpdateMerchant:
    """Change `name`, `checkout_origins`, `return_urls` or `theme`; what is not named stays."""

    uow: UnitOfWork
    clock: Clock
    audit: Audit

    async def __call__(self, account: Account, actor: str, changes: dict[str, Any]) -> Merchant:
        """Raises NotFound, Busy."""
        assert changes.keys() <= {"name", "checkout_origins", "return_urls", "theme"}

        async def block(tx: Transaction) -> Merchant:
            merchant = await tx.merchants.get(account.merchant_id)
            before = {name: getattr(merchant, name) for name in changes}
            for name, value in changes.items():
                setattr(merchant, name, value)
            self.audit(
                tx, account, actor, "merchant.update", merchant.id,
                before=before, after=changes, at=self.clock(),
            )  # fmt: skip
            return merchant

        return await self.uow.run(block)
