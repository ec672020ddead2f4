"""Answers as merchants get them, for the documentation."""

from typing import Any

Example = dict[str, Any]

_AT = "2026-01-31T12:00:00.000Z"
_ORDER_ID, _PAYMENT_ID = "order_0VJ8gkQ2mZ4xT7aB", "pay_0VJ8h1Xc9dE3fG5h"
_PAYMENT: Example = {
    "id": _PAYMENT_ID, "order_id": _ORDER_ID, "amount": 50000, "currency": "INR", "method": "upi",
    "status": "pending",
}  # fmt: skip
_PAYMENT_IN_FULL: Example = _PAYMENT | {
    "captured": False, "amount_captured": 0, "amount_refunded": 0, "created_at": _AT, "updated_at": _AT,
    "vpa": "asha@okbank",
}  # fmt: skip
_REFUND: Example = {
    "id": "rfnd_0VJ9aB3cD5eF7gH9", "payment_id": _PAYMENT_ID, "amount": 10000, "currency": "INR",
    "reason": "One shirt returned", "status": "pending", "created_at": _AT,
}  # fmt: skip
_ENDPOINT: Example = {
    "id": "we_0VJ7Kq4Wm8Rt2Yp6", "url": "https://shop.example/webhooks", "events": [], "description": None,
    "enabled": True, "headers": {}, "disabled_reason": None, "disabled_at": None, "created_at": _AT,
}  # fmt: skip

_API_KEY: Example = {
    "id": "key_test_8sKq2mZ4xT7aB0VJ9gWd", "mode": "test", "scope": "full", "description": "Web shop",
    "secret_prefix": "secret_test_h7Rk", "created_at": _AT, "expires_at": None, "revoked_at": None,
    "replaced_by": None, "last_used_at": _AT,
}  # fmt: skip

ANSWERS: dict[str, Example] = {
    "Order": {
        "id": _ORDER_ID, "merchant_id": "mer_0VI1zX3cV5bN7mQ9", "amount": 50000, "currency": "INR",
        "receipt": "receipt-1", "notes": {}, "status": "created", "capture": "automatic", "amount_paid": 0,
        "expires_at": None, "created_at": _AT, "updated_at": _AT,
    },
    "PublicOrder": {
        "id": _ORDER_ID, "amount": 50000, "currency": "INR", "status": "created",
        "merchant_name": "Acme Stores", "methods": ["upi", "card"], "expires_at": None,
        "theme": {"color": "#0b7a75"},
    },
    "Payment": _PAYMENT_IN_FULL,
    "PublicPayment": _PAYMENT,
    "PaymentList": {"data": [_PAYMENT_IN_FULL], "has_more": False},
    "NewRefund": _REFUND,
    "Refund": _REFUND | {"status": "processed", "processed_at": _AT},
    "Endpoint": _ENDPOINT,
    "EndpointWithSecret": _ENDPOINT | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwfKQ9r8GKYqo="},
    "ApiKey": _API_KEY,
    "ApiKeyWithSecret": _API_KEY | {
        "last_used_at": None, "secret": "secret_test_h7Rk0VJ8gkQ2mZ4xT7aB1Xc9dE3fG5hJ",
    },
    "Event": {
        "id": "evt_0VJ8h1Zt5yU7iO9p", "event": "payment.created", "timestamp": 1769860800, "sequence": 1,
        "data": {"payment": _PAYMENT_IN_FULL},
    },
    "Retry": {
        "id": "0198f2a4-1111-7222-8333-444455556666", "status": "pending",
        "message": "Webhook retry scheduled",
    },
    "Health": {
        "status": "healthy", "database": "connected", "redis": "connected", "worker": "running",
        "timestamp": _AT,
    },
}  # fmt: skip


def _error(code: str, description: str, reason: str, **more: str) -> Example:
    return {
        "code": code, "description": description, **more, "reason": reason, "request_id": "req_7Hk2pQ9sLmXw4Zb1",
    }  # fmt: skip


ERRORS: dict[int, tuple[str, Example]] = {
    400: (
        "What was sent is not valid, or not in this state.",
        _error("BAD_REQUEST_ERROR", "amount must be at least 100.", "too_small", field="amount"),
    ),
    401: (
        "Credentials absent or wrong.",
        _error("AUTHENTICATION_ERROR", "Invalid API credentials", "invalid_credentials"),
    ),
    403: (
        "The API key has not the scope that this needs.",
        _error("PERMISSION_ERROR", "This needs an API key with the scope full.", "scope_missing"),
    ),
    404: (
        "It does not exist, or is not yours.",
        _error("NOT_FOUND_ERROR", "Order not found", "order_not_found"),
    ),
    409: (
        "Another request is changing it right now; safe to repeat.",
        _error("CONFLICT_ERROR", "The object is being changed by another request.", "concurrent_update"),
    ),
    413: (
        "The body has more than 64 KiB.",
        _error("BAD_REQUEST_ERROR", "The body may have at most 65536 bytes.", "body_too_large"),
    ),
    415: (
        "The body is not declared as JSON.",
        _error("BAD_REQUEST_ERROR", "Send the body as application/json, in UTF-8.", "unsupported_media_type"),
    ),
    422: (
        "The Idempotency-Key was used with a different request.",
        _error("IDEMPOTENCY_ERROR", "This Idempotency-Key was already used.", "idempotency_key_reused"),
    ),
    429: (
        "Too often; see Retry-After.",
        _error("RATE_LIMIT_ERROR", "Too many requests. Try again in 3 s.", "rate_limited"),
    ),
    503: (
        "A dependency is away; see Retry-After. The outcome may be unknown: repeat with the same Idempotency-Key.",
        _error("SERVICE_UNAVAILABLE", "The database did not answer in time.", "database_unavailable"),
    ),
}
