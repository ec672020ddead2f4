"""A remote acquirer, spoken to over HTTP: the template for the next one.

Its API is documented in `entrypoints/simulator/app.py`. To speak to another acquirer, copy this package and go
through it file by file: `processor` (which call is which request), `answers` (what each answer means), `callbacks`
(how it signs). `wire` and `circuit` stay as they are. Then let the copy pass `tests/contracts/processor.py`
against the acquirer's sandbox or a stand-in, and the faults of `tests/integration/acquirer`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from adapters.acquirer.answers import read_found, read_outcome
from adapters.acquirer.book import read_page, read_token
from adapters.acquirer.circuit import Circuit
from adapters.acquirer.wire import Wire
from core.domain.instrument import Card, CardToken
from core.domain.money import Money
from core.domain.outcome import Outcome
from ports.book import Line

TIMEOUT_S, CONNECT_TIMEOUT_S = 10.0, 3.0
MAX_CONNECTIONS = 64
PAGE_LINES = 1_000


class AcquirerProcessor:
    """See `ports.processor.Processor` and `Tokenizer`, and `ports.book.ProcessorBook`.

    Our operation's id is its `Idempotency-Key`. `timeout_s` is for a whole call, from connecting to the last
    byte read. All that is not a documented outcome of this very key is Unavailable.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout_s: float = TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        max_connections: int = MAX_CONNECTIONS,
        circuit: Circuit | None = None,
    ) -> None:
        self.circuit = circuit or Circuit("acquirer")
        self._wire = Wire(
            base_url, token, self.circuit,
            timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, max_connections=max_connections,
        )  # fmt: skip

    async def authorize(self, amount: Money, *, token: str, capture: bool, key: str) -> Outcome:
        body = {"token": token, "capture": capture, **_money(amount)}
        return await self._order("/v1/authorizations", key, body)

    async def resume(self, reference: str, *, key: str) -> Outcome:
        return await self._order(_of(reference, "resume"), key)

    async def capture(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return await self._order(_of(reference, "captures"), key, _money(amount))

    async def void(self, reference: str, *, key: str) -> Outcome:
        return await self._order(_of(reference, "voids"), key)

    async def refund(self, reference: str, amount: Money, *, key: str) -> Outcome:
        return await self._order(_of(reference, "refunds"), key, _money(amount))

    async def find(self, key: str, *, token: str, reference: str) -> Outcome | None:
        query = "?" + urlencode({"reference": reference}) if reference else ""
        # Not in the address: it would be written into logs on the way.
        headers = {"Payment-Token": quote(token, safe=":@")}
        answer = await self._wire.ask("GET", f"/v1/operations/{quote(key, safe='')}{query}", headers=headers)
        return read_found(answer, key)

    async def tokenize(self, card: Card) -> CardToken:
        body = {
            "number": card.number, "expiry_month": card.expiry_month, "expiry_year": card.expiry_year,
            "cvv": card.cvv, "holder_name": card.holder_name,
        }  # fmt: skip
        return CardToken(
            read_token(await self._wire.ask("POST", "/v1/tokens", body)), card.network, card.last4
        )

    async def lines(self, after: str = "") -> AsyncIterator[Line]:
        has_more = True
        while has_more:
            query = urlencode({"after": after, "limit": PAGE_LINES})
            page, has_more = read_page(await self._wire.ask("GET", f"/v1/book?{query}"), after)
            for line in page:
                yield line
                after = line.key

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _order(self, path: str, key: str, body: Mapping[str, Any] | None = None) -> Outcome:
        """What may move money, and so carries its key."""
        return read_outcome(await self._wire.ask("POST", path, body or {}, {"Idempotency-Key": key}), key)


def _of(reference: str, what: str) -> str:
    return f"/v1/authorizations/{quote(reference, safe='')}/{what}"


def _money(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}
