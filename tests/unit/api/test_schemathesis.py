"""Whatever the OpenAPI document allows or forbids may be sent: never a 500, always a documented answer."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS

from config.container import Gateway
from config.in_memory import in_memory
from core.domain.instrument import Upi
from core.domain.merchant import Account, Mode
from core.domain.money import Money
from core.domain.operation import Kind
from entrypoints.api.app import create_app, routes
from entrypoints.api.openapi import document

NOBODY = "0" * 16
NAMES = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "negative_data_rejection",
)  # fmt: skip
EXAMPLES = 12


async def furnish(gateway: Gateway) -> tuple[dict[str, str], dict[str, str]]:
    """A merchant's credentials, and an object of each kind for requests to find."""
    created = await gateway.create_merchant()("Acme Stores", "owner@acme.example")
    pair, account = created.keys[Mode.TEST], Account(created.merchant.id, Mode.TEST)
    endpoint = (await gateway.create_endpoint()(account, pair.id, "https://shop.example/hook")).endpoint
    order = await gateway.create_order()(account, Money(50_000, "INR"))
    payment = await gateway.create_payment()(account, order.id, Upi("asha@okbank"))
    await work(gateway)
    request = gateway.request_operation()
    refund = (await request(account, pair.id, payment.id, Kind.REFUND, 100)).operation
    open_order = await gateway.create_order()(account, Money(50_000, "INR"))
    [delivery, *_], _ = await gateway.queries().deliveries(account, limit=1, offset=0)
    objects = {
        "orders": open_order.id, "payments": payment.id, "refunds": refund.id, "webhook_endpoints": endpoint.id,
        "webhooks": delivery.id, "events": delivery.event_id, "return": payment.id,
    }  # fmt: skip
    return {"X-Api-Key": pair.id, "X-Api-Secret": pair.secret}, objects
