"""The demo shop's server side: it holds the test merchant's key, and does what a merchant's server would."""

import hmac
from dataclasses import dataclass
from typing import Any

from core.domain.endpoint import Endpoint
from core.domain.errors import NotFound, Unauthenticated
from core.domain.merchant import Account, Merchant
from core.domain.money import Money
from core.domain.order import Order
from core.domain.payment import Payment
from core.domain.signing import checkout_signature
from entrypoints.api.routes.development import TEST_KEY

PRICE = Money(149_900, "INR")
RECEIPT = "Morning pour-over set"
ACTOR = "demo shop"


@dataclass(frozen=True)
class Shop:
    """Of one gateway; the same use cases that the API's routes call."""

    gateway: Any

    async def account(self) -> Account:
        """Whose key the shop holds. Raises NotFound when no test merchant is seeded."""
        async with self.gateway.uow().begin() as tx:
            key = await tx.api_keys.find(TEST_KEY)
        if key is None:
            raise NotFound("Test merchant")
        account: Account = key.account
        return account

    async def merchant(self) -> Merchant:
        account = await self.account()
        async with self.gateway.uow().begin() as tx:
            merchant: Merchant = await tx.merchants.get(account.merchant_id)
        return merchant

    async def order(self) -> Order:
        """A new order for the one product, after making sure that its webhooks will reach us."""
        account = await self.account()
        await self._listen(account)
        order: Order = await self.gateway.create_order()(account, PRICE, receipt=RECEIPT)
        return order

    async def secret(self) -> str:
        """The secret of our endpoint. Raises Unauthenticated when there is none: then nothing can be verified."""
        endpoint = await self._endpoint(await self.account())
        if endpoint is None:
            raise Unauthenticated
        secret: str = self.gateway.cipher().open(endpoint.secret)
        return secret

    async def is_signed(self, order_id: str, payment_id: str, signature: str) -> bool:
        """Whether the browser told the truth. A merchant's server does this with its own signing secret."""
        account, merchant = await self.account(), await self.merchant()
        secret = self.gateway.cipher().open(merchant.signing_secret(account.mode))
        expected = checkout_signature(order_id, payment_id, secret)
        return hmac.compare_digest(expected.encode(), signature.encode())

    async def state(self, order_id: str) -> tuple[Order, Payment | None]:
        """The order and its latest payment. Raises NotFound for what is not the shop's."""
        account = await self.account()
        async with self.gateway.uow().begin() as tx:
            order: Order = await tx.orders.get(order_id)
            payments = await tx.payments.of(order_id)
        if order.account != account:
            raise NotFound("Order")
        return order, payments[-1] if payments else None

    async def _listen(self, account: Account) -> None:
        if await self._endpoint(account) is None:
            await self.gateway.create_endpoint()(account, ACTOR, self._url, description="The demo shop")

    async def _endpoint(self, account: Account) -> Endpoint | None:
        async with self.gateway.uow().begin() as tx:
            endpoints: list[Endpoint] = await tx.endpoints.of(account.merchant_id)
        ours = (one for one in endpoints if one.url == self._url and one.account == account and one.listens)
        return next(ours, None)

    @property
    def _url(self) -> str:
        return f"{self.gateway.settings().public_url.rstrip('/')}/demo/webhooks"
