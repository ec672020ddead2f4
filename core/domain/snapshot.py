"""How an order, a payment, a refund, an endpoint or a key looks to its merchant, wherever it is shown."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from core.domain.endpoint import Endpoint
from core.domain.event import Event, Fact
from core.domain.json_text import to_json
from core.domain.merchant import ApiKey
from core.domain.operation import Operation, OperationStatus
from core.domain.order import Order
from core.domain.payment import Payment, Status
from core.domain.replay import Replay

Snapshot = dict[str, Any]

_REFUND_STATUS = {OperationStatus.APPROVED: "processed", OperationStatus.DECLINED: "failed"}


@lru_cache(maxsize=1024)  # whatever happens in one block happens at one time, and is shown several times
def iso(at: datetime) -> str:
    """ISO-8601 UTC with milliseconds and a `Z`."""
    assert not at.utcoffset(), "every time here is in UTC"
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def iso_or_none(at: datetime | None) -> str | None:
    return iso(at) if at else None


def of_order(order: Order) -> Snapshot:
    return {
        "id": order.id,
        "merchant_id": order.account.merchant_id,
        "amount": order.amount.minor,
        "currency": order.amount.currency,
        "receipt": order.receipt,
        "notes": order.notes,
        "status": order.status,
        "capture": order.capture,
        "amount_paid": order.amount_paid,
        "expires_at": iso_or_none(order.expires_at),
        "created_at": iso(order.created_at),
        "updated_at": iso(order.updated_at),
    }


def of_payment(payment: Payment) -> Snapshot:
    """Fields that do not apply are absent, not null."""
    shown: Snapshot = {
        "id": payment.id,
        "order_id": payment.order_id,
        "amount": payment.amount.minor,
        "currency": payment.amount.currency,
        "method": payment.method,
        "status": payment.status,
        "captured": payment.amount_captured > 0,
        "amount_captured": payment.amount_captured,
        "amount_refunded": payment.amount_refunded,
        "created_at": iso(payment.created_at),
        "updated_at": iso(payment.updated_at),
    }
    if payment.vpa is not None:
        shown["vpa"] = payment.vpa
    else:
        shown |= {"card_network": payment.card_network, "card_last4": payment.card_last4}
    if payment.pending_operation is not None:
        shown["pending_operation"] = payment.pending_operation
    if payment.status is Status.AUTHORIZED and payment.authorization_expires_at is not None:
        shown["authorization_expires_at"] = iso(payment.authorization_expires_at)
    return shown | what_next(payment)


def what_next(payment: Payment) -> Snapshot:
    """What the shopper has to do, or why it failed; absent otherwise."""
    if payment.status is Status.REQUIRES_ACTION and payment.next_action_expires_at is not None:
        expires_at = iso(payment.next_action_expires_at)
        return {"next_action": {"type": "redirect", "url": payment.next_action_url, "expires_at": expires_at}}
    if payment.status is Status.FAILED:
        return {
            "error_code": payment.error_code,
            "error_description": payment.error_description,
            "decline_code": payment.decline_code,
        }
    return {}


def of_refund(operation: Operation) -> Snapshot:
    return {
        "id": operation.id,
        "payment_id": operation.payment_id,
        "amount": operation.amount.minor,
        "currency": operation.amount.currency,
        "reason": operation.reason,
        "status": _REFUND_STATUS.get(operation.status, "pending"),
        "created_at": iso(operation.created_at),
        "processed_at": iso_or_none(operation.settled_at),
    }


def of_endpoint(endpoint: Endpoint) -> Snapshot:
    """Without its secret, which is shown once where it is made."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "headers": masked(endpoint.header_names),
        "enabled": endpoint.enabled,
        "disabled_reason": endpoint.disabled_reason,
        "disabled_at": iso_or_none(endpoint.disabled_at),
        "created_at": iso(endpoint.created_at),
    }


def of_replay(replay: Replay) -> Snapshot:
    return {
        "id": replay.id,
        "endpoint_id": replay.endpoint_id,
        "scope": replay.scope,
        "since": iso(replay.since),
        "until": iso(replay.until),
        "per_second": replay.per_second,
        "status": "running" if replay.finished_at is None else "finished",
        "replayed": replay.replayed,
        "created_at": iso(replay.created_at),
        "finished_at": iso_or_none(replay.finished_at),
    }


def masked(names: Iterable[str]) -> dict[str, str]:
    """Which headers there are; their values may be the receiver's secrets."""
    return dict.fromkeys(names, "***")


def of_api_key(key: ApiKey) -> Snapshot:
    """Without its secret, which is shown once where it is made."""
    return {
        "id": key.id,
        "mode": key.account.mode,
        "scope": key.scope,
        "description": key.description,
        "secret_prefix": key.secret_prefix,
        "created_at": iso(key.created_at),
        "expires_at": iso_or_none(key.expires_at),
        "revoked_at": iso_or_none(key.revoked_at),
        "replaced_by": key.replaced_by,
    }


def of_event(event: Event) -> Snapshot:
    """The very object that receivers get."""
    shown: Snapshot = json.loads(event.body)
    return shown


def event_body(id: str, fact: Fact, at: datetime, data: str) -> str:
    """Compact JSON without floats, which JavaScript parses and stringifies to the very same bytes.

    `data` is `event_data` of the fact's subject, apart since several facts may have the same.
    """
    sequence = "null" if fact.sequence is None else fact.sequence
    return (
        f'{{"id":"{id}","event":"{fact.name}","timestamp":{int(at.timestamp())},"sequence":{sequence},'
        f'"data":{data}}}'
    )


def event_data(subject: object) -> str:
    """The subject as it is now."""
    return to_json(_data(subject))


def _data(subject: object) -> Snapshot:
    match subject:
        case Payment():
            return {"payment": of_payment(subject)}
        case Order():
            return {"order": of_order(subject)}
        case Operation():
            return {"refund": of_refund(subject)}
        case Endpoint():
            return {"webhook_endpoint": of_endpoint(subject)}
        case _:
            return {}
