"""Facts that merchants are told, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.domain.merchant import Account

PAYMENT_EVENTS = (
    "payment.created",
    "payment.pending",
    "payment.requires_action",
    "payment.authorized",
    "payment.success",
    "payment.failed",
    "payment.voided",
    "payment.capture_failed",
    "payment.void_failed",
    "payment.reversed",
    "refund.created",
    "refund.processed",
    "refund.failed",
    "order.paid",
)
EVENTS = (*PAYMENT_EVENTS, "webhook_endpoint.disabled", "webhook.test")


class Fact(NamedTuple):
    """What has just happened to `subject`; `sequence` counts the facts of one payment from 1."""

    name: str
    sequence: int | None
    account: Account
    payment_id: str | None
    subject: object


@dataclass(slots=True)
class Event:
    """A fact as it was told: `body` is the exact text that every receiver gets, `deliveries` how many were owed."""

    id: str
    account: Account
    name: str
    payment_id: str | None
    sequence: int | None
    body: str
    deliveries: int
    created_at: datetime
    version: int = 0
