"""Signed callbacks to the gateway: that there is news of an operation, and never what."""

import asyncio
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import httpx2

from core.domain.outcome import Outcome, Pending
from core.domain.signing import hex_hmac
from entrypoints.simulator.faults import Fault, Rule
from ports.clock import Clock

TIMEOUT_S = 5.0
TRIES, FIRST_WAIT_S = 6, 1.0
STALE = timedelta(days=1)

log = logging.getLogger(__name__)


@dataclass
class Callbacks:
    """POSTs `{"id", "type": "operation.updated", "key"}` with `Processor-Timestamp`, in Unix seconds, and
    `Processor-Signature: v1=` hex HMAC-SHA256 under the shared secret of `timestamp.body`.

    After each call that may have moved money, and again when one that was pending is decided. What is not
    answered by 2xx is sent again, with a fresh signature. Without a URL none is sent.
    """

    url: str | None
    secret: str
    clock: Clock
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def after(self, key: str, outcome: Outcome, rules: Sequence[Rule]) -> None:
        """What the faults make of the callback for this outcome; an early one is sent before this returns."""
        faults = {rule.fault: rule for rule in rules}
        if self.url is None or Fault.CALLBACK_NEVER in faults:
            return
        manner = {"forged": Fault.CALLBACK_FORGED in faults, "stale": Fault.CALLBACK_STALE in faults}
        if Fault.CALLBACK_EARLY in faults:
            await self.send(key, **manner)
        else:
            late = faults.get(Fault.CALLBACK_LATE)
            for _ in range(2 if Fault.CALLBACK_TWICE in faults else 1):
                self._later(key, late.delay_ms / 1000 if late else 0.0, **manner)
        if isinstance(outcome, Pending):
            self._later(key, (outcome.ask_again_at - self.clock()).total_seconds(), **manner)

    async def send(self, key: str, *, forged: bool = False, stale: bool = False) -> int | None:
        """One POST; the status it was answered with, None without an answer or a URL."""
        if self.url is None:
            return None
        news = {"id": "cb_" + secrets.token_hex(8), "type": "operation.updated", "key": key}
        body = json.dumps(news).encode()
        at = self.clock() - STALE if stale else self.clock()
        headers = self._signed(body, at, "not the " + self.secret if forged else self.secret)
        try:
            answer = await self._client.post(self.url, content=body, headers=headers, timeout=TIMEOUT_S)
        except httpx2.HTTPError as error:
            log.warning("callback_lost", extra={"key": key, "why": type(error).__name__})
            return None
        return answer.status_code

    async def idle(self) -> None:
        """Returns when all that were due by now are delivered or given up."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def aclose(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self.idle()
        if "_client" in self.__dict__:
            await self._client.aclose()

    @cached_property
    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(trust_env=False)

    def _later(self, key: str, delay_s: float, **manner: bool) -> None:
        task = asyncio.create_task(self._persist(key, delay_s, **manner))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _persist(self, key: str, delay_s: float, **manner: bool) -> None:
        for attempt in range(TRIES):
            await asyncio.sleep(delay_s if attempt == 0 else FIRST_WAIT_S * 2 ** (attempt - 1))
            status = await self.send(key, **manner)
            if status is not None and 200 <= status < 300:
                return
        log.warning("callback_given_up", extra={"key": key})

    def _signed(self, body: bytes, at: datetime, secret: str) -> dict[str, str]:
        timestamp = str(int(at.timestamp()))
        signature = hex_hmac(secret, timestamp.encode() + b"." + body)
        return {
            "Content-Type": "application/json",
            "Processor-Timestamp": timestamp,
            "Processor-Signature": f"v1={signature}",
        }
