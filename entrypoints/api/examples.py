"""Requests as a merchant would write them, for the documentation."""

from typing import Any

Examples = dict[str, Any]

_ORDER_ID = "order_0VJ8gkQ2mZ4xT7aB"

ORDERS: Examples = {
    "plain": {"amount": 50000, "currency": "INR", "receipt": "receipt-1"},
    "captured later": {"amount": 50000, "capture": "manual", "notes": {"basket": "b-17"}, "expires_in": 3600},
}
PAYMENTS: Examples = {
    "upi": {"order_id": _ORDER_ID, "method": "upi", "vpa": "asha@okbank"},
    "card": {
        "order_id": _ORDER_ID,
        "method": "card",
        "card": {
            "number": "4242 4242 4242 4242",
            "expiry_month": 12,
            "expiry_year": 2031,
            "cvv": "123",
            "holder_name": "Asha Rao",
        },
    },
}
AMOUNTS: Examples = {"a part": {"amount": 30000}}
REFUNDS: Examples = {"a part": {"amount": 10000, "reason": "One shirt returned"}}
ENDPOINTS: Examples = {
    "all events": {"url": "https://shop.example/webhooks"},
    "some": {"url": "https://shop.example/webhooks", "events": ["payment.success", "refund.*"]},
    "with a header": {"url": "https://shop.example/webhooks", "headers": {"Authorization": "Bearer s3cr3t"}},
}
REPLAYS: Examples = {
    "what was missed": {"since": "2026-02-01T00:00:00Z"},
    "how much that is": {"since": "2026-02-01T00:00:00Z", "dry_run": True},
    "everything, slowly": {"since": "2026-02-01T00:00:00Z", "scope": "all", "per_second": 5},
}
ENDPOINT_CHANGES: Examples = {"pause": {"enabled": False}}
API_KEYS: Examples = {
    "for a report": {"scope": "read_only", "description": "Monthly report", "expires_in": 2592000},
    "for a checkout server": {"scope": "checkout"},
}
ROLLS: Examples = {"at once": {"overlap_s": 0}, "within an hour": {"overlap_s": 3600}}
MERCHANT_CHANGES: Examples = {
    "checkout": {"checkout_origins": ["https://shop.example"], "theme": {"color": "#0b7a75"}}
}
