"""How webhooks reach receivers, without a gateway around it: for the tools of a merchant's developers."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.http.inspection import Handshake, Inspection
from adapters.http.public_only import PublicOnly
from adapters.http.webhook_sender import HttpWebhookSender
from adapters.system.chance import SystemChance
from adapters.system.clock import CalibratedClock
from ports.chance import Chance
from ports.clock import Clock
from ports.webhook_sender import WebhookSender

__all__ = ["Handshake", "Inspection", "Receivers", "receivers"]


@dataclass(frozen=True)
class Receivers:
    """What it takes to sign an event, to send it, and to look at who gets it. `timeout_s` is the sender's."""

    clock: Clock
    chance: Chance
    sender: WebhookSender
    inspection: Inspection
    timeout_s: float


@asynccontextmanager
async def receivers(timeout_s: float, *, skip_verify: bool = False) -> AsyncIterator[Receivers]:
    """The very sender of deliveries, which reaches this machine too. `skip_verify` takes any certificate."""
    tls = ssl.create_default_context()
    if skip_verify:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    clock, network = CalibratedClock(), PublicOnly(allow_loopback=True)
    sender = HttpWebhookSender(clock, network, timeout_s=timeout_s, tls=tls)
    try:
        inspection = Inspection(network, tls, timeout_s=timeout_s)
        yield Receivers(clock, SystemChance(), sender, inspection, timeout_s)
    finally:
        await sender.aclose()
