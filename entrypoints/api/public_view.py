"""What a shopper's browser may see: these fields and no others."""

from core.domain.errors import Refused
from core.domain.instrument import Upi
from core.domain.merchant import Merchant
from core.domain.order import Order
from core.domain.payment import Method, Payment, Status
from core.domain.signing import checkout_signature
from core.domain.snapshot import Snapshot, iso_or_none, what_next
from ports.cipher import Cipher

SIGNED = frozenset({Status.AUTHORIZED, Status.SUCCESS})  # before these the money is not certain


def of_public_order(order: Order, merchant: Merchant) -> Snapshot:
    return {
        "id": order.id,
        "amount": order.amount.minor,
        "currency": order.amount.currency,
        "status": order.status,
        "merchant_name": merchant.name,
        "methods": [Method.UPI, Method.CARD] if _takes_upi(order) else [Method.CARD],
        "expires_at": iso_or_none(order.expires_at),
        "theme": merchant.theme,
    }


def of_public_payment(payment: Payment, signature: str | None = None) -> Snapshot:
    shown: Snapshot = {
        "id": payment.id,
        "order_id": payment.order_id,
        "amount": payment.amount.minor,
        "currency": payment.amount.currency,
        "method": payment.method,
        "status": payment.status,
        **what_next(payment),
    }
    return shown if signature is None else shown | {"signature": signature}


def signature(payment: Payment, merchant: Merchant, cipher: Cipher) -> str:
    """By which the merchant's server can trust what the browser hands it."""
    assert payment.status in SIGNED
    secret = cipher.open(merchant.signing_secret(payment.account.mode))
    return checkout_signature(payment.order_id, payment.id, secret)


def _takes_upi(order: Order) -> bool:
    """The payment itself knows the rule; this one is thrown away."""
    try:
        Payment.create("", order, Upi(""), at=order.created_at)
    except Refused:
        return False
    return True
