"""What answers look like, as JSON Schema."""

from typing import Any

from core.domain.endpoint import DisabledReason
from core.domain.event import EVENTS
from core.domain.job import Lane
from core.domain.merchant import Mode, Scope
from core.domain.operation import Kind
from core.domain.order import Capture, OrderStatus
from core.domain.payment import Method, Status
from core.domain.replay import ReplayScope
from core.domain.webhook import DeliveryStatus
from ports.queries import MAX_COUNTED

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
AMOUNT: Schema = {"type": "integer", "minimum": 0, "description": "Minor units."}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}
BOOLEAN: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
STRINGS: Schema = {"type": "object", "additionalProperties": TEXT}
TIME: Schema = {"type": "string", "format": "date-time"}
UUID: Schema = {"type": "string", "format": "uuid"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def id_of(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[A-Za-z0-9]{{16}}$"}


KEY_ID: Schema = {"type": "string", "pattern": "^key_(test|live)_[A-Za-z0-9]{1,64}$"}


def enum(values: Any) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def obj(*, optional: Schema | None = None, **required: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def list_of(name: str) -> Schema:
    return obj(data={"type": "array", "items": ref(name)}, has_more=BOOLEAN)


_ORDER = {"id": id_of("order"), "amount": AMOUNT, "currency": CURRENCY, "status": enum(OrderStatus)}
_PAYMENT = {
    "id": id_of("pay"), "order_id": id_of("order"), "amount": AMOUNT, "currency": CURRENCY,
    "method": enum(Method), "status": enum(Status),
}  # fmt: skip
_WHAT_NEXT = {
    "next_action": obj(type={"const": "redirect"}, url=TEXT, expires_at=TIME),
    "error_code": nullable(TEXT), "error_description": nullable(TEXT), "decline_code": nullable(TEXT),
}  # fmt: skip
_REFUND = {
    "id": id_of("rfnd"), "payment_id": id_of("pay"), "amount": AMOUNT, "currency": CURRENCY,
    "reason": nullable(TEXT), "status": enum(("pending", "processed", "failed")), "created_at": TIME,
}  # fmt: skip
_ENDPOINT = {
    "id": id_of("we"), "url": TEXT, "events": TEXTS, "description": nullable(TEXT), "enabled": BOOLEAN,
    "headers": STRINGS, "disabled_reason": nullable(enum(DisabledReason)), "disabled_at": nullable(TIME),
    "created_at": TIME,
}  # fmt: skip
_DELIVERY = {
    "id": UUID, "event": TEXT, "status": enum(DeliveryStatus), "attempts": INTEGER, "created_at": TIME,
    "last_attempt_at": nullable(TIME), "next_retry_at": nullable(TIME), "response_code": nullable(INTEGER),
}  # fmt: skip
_ATTEMPT = obj(
    number=INTEGER, created_at=TIME, duration_ms=INTEGER, response_code=nullable(INTEGER),
    response_body=TEXT, error=nullable(TEXT), request_headers=STRINGS, response_headers=STRINGS,
    timings={"type": "object", "additionalProperties": INTEGER},
)  # fmt: skip
_KEY = obj(id=TEXT, mode=enum(Mode), created_at=TIME, revoked_at=nullable(TIME))
_API_KEY = {
    "id": KEY_ID, "mode": enum(Mode), "scope": enum(Scope), "description": nullable(TEXT),
    "secret_prefix": nullable(TEXT), "created_at": TIME, "expires_at": nullable(TIME),
    "revoked_at": nullable(TIME), "replaced_by": nullable(KEY_ID), "last_used_at": nullable(TIME),
}  # fmt: skip
_LANE = obj(pending=INTEGER, processing=INTEGER, failed=INTEGER)

SCHEMAS: dict[str, Schema] = {
    "Order": obj(
        **_ORDER, merchant_id=TEXT, receipt=nullable(TEXT), notes=STRINGS, capture=enum(Capture),
        amount_paid=AMOUNT, expires_at=nullable(TIME), created_at=TIME, updated_at=TIME,
    ),
    "PublicOrder": obj(
        **_ORDER, merchant_name=TEXT, methods={"type": "array", "items": enum(Method)},
        expires_at=nullable(TIME), theme=STRINGS,
    ),
    "Payment": obj(
        **_PAYMENT, captured=BOOLEAN, amount_captured=AMOUNT, amount_refunded=AMOUNT,
        created_at=TIME, updated_at=TIME,
        optional={
            "vpa": TEXT, "card_network": TEXT, "card_last4": TEXT,
            "pending_operation": enum((Kind.CAPTURE, Kind.VOID)), "authorization_expires_at": TIME,
            **_WHAT_NEXT,
        },
    ),
    "PublicPayment": obj(**_PAYMENT, optional=_WHAT_NEXT | {"signature": TEXT}),
    "NewRefund": obj(**_REFUND),
    "Refund": obj(**_REFUND, processed_at=nullable(TIME)),
    "Timeline": obj(payment=ref("Payment"), data={"type": "array", "items": ref("TimelineEntry")}),
    "TimelineEntry": {
        "type": "object",
        "required": ["at", "type", "name"],
        "properties": {
            "at": TIME, "name": TEXT,
            "type": enum(("request", "operation", "answer", "event", "delivery", "attempt")),
        },
    },
    "Endpoint": obj(**_ENDPOINT),
    "EndpointWithSecret": obj(**_ENDPOINT, secret=TEXT),
    "Replay": obj(
        id=id_of("rpl"), endpoint_id=id_of("we"), scope=enum(ReplayScope), since=TIME, until=TIME,
        per_second=INTEGER, status=enum(("running", "finished")), replayed=INTEGER, created_at=TIME,
        finished_at=nullable(TIME),
    ),
    "ReplayCount": obj(dry_run={"const": True}, scope=enum(ReplayScope), since=TIME, until=TIME, count=INTEGER),
    "ApiKey": obj(**_API_KEY),
    "ApiKeyWithSecret": obj(**_API_KEY, secret=TEXT),
    "Event": obj(
        id=id_of("evt"), event=enum(EVENTS), timestamp=INTEGER, sequence=nullable(INTEGER),
        data={"type": "object"},
    ),
    "Delivery": obj(**_DELIVERY),
    "DeliveryList": obj(
        data={"type": "array", "items": ref("Delivery")},
        total={"type": "integer", "description": f"How many there are; counted up to {MAX_COUNTED:,}."},
        limit=INTEGER, offset=INTEGER,
    ),
    "DeliveryDetails": obj(
        **_DELIVERY, endpoint_id=id_of("we"), payload=ref("Event"),
        attempt_log={"type": "array", "items": _ATTEMPT},
    ),
    "Retry": obj(id=UUID, status=enum(DeliveryStatus), message=TEXT),
    "KeyUse": obj(
        key=TEXT, resource_id=TEXT, status_code=INTEGER, response=nullable({"type": "object"}),
        created_at=TIME, expires_at=TIME,
    ),
    "Merchant": obj(
        id=TEXT, name=TEXT, email=TEXT, mode=enum(Mode), checkout_origins=TEXTS, return_urls=TEXTS,
        theme=STRINGS, keys={"type": "array", "items": _KEY},
    ),
    "TestMerchant": obj(id=TEXT, email=TEXT, api_key=TEXT, seeded={"const": True}),
    "JobsStatus": obj(
        pending=INTEGER, processing=INTEGER, completed=INTEGER, failed=INTEGER,
        worker_status=enum(("running", "stopped")), lanes=obj(**dict.fromkeys(Lane, _LANE)),
    ),
    "Health": obj(
        status=enum(("healthy", "degraded", "unhealthy")), database=enum(("connected", "disconnected")),
        redis=enum(("connected", "disconnected")), worker=enum(("running", "stopped", "unknown")),
        timestamp=TIME,
    ),
    "Live": obj(status={"const": "alive"}),
    "Error": obj(error={
        "type": "object",
        "required": ["code", "description", "request_id"],
        "properties": dict.fromkeys(("code", "description", "field", "reason", "request_id", "payment_id"), TEXT),
        "additionalProperties": False,
    }),
    **{f"{name}List": list_of(name) for name in ("Order", "Payment", "Refund", "Endpoint", "ApiKey", "Event")},
}  # fmt: skip
