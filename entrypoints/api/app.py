"""The HTTP application."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from config.container import Gateway
from entrypoints.api.auth import KeyRing
from entrypoints.api.front import Front
from entrypoints.api.hub import PaymentHub
from entrypoints.api.last_uses import LastUses
from entrypoints.api.limits import Limits
from entrypoints.api.openapi import document
from entrypoints.api.routes import (
    api_keys,
    bank_return,
    deliveries,
    development,
    events,
    health,
    idempotency_keys,
    jobs,
    merchant,
    operations,
    orders,
    payments,
    processors,
    public,
    replays,
    webhook_endpoints,
)
from entrypoints.checkout.routes import routes as checkout_routes
from entrypoints.demo_shop.routes import demo_routes

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Any]]

# The busiest first: the router tries them one by one.
BY_FREQUENCY = (
    payments, orders, public, operations, webhook_endpoints, replays, deliveries, events,
    merchant, api_keys, idempotency_keys, jobs, health, bank_return, processors,
)  # fmt: skip


class _App(FastAPI):
    """With the front in place of Starlette's and FastAPI's middleware.

    Of the five layers none does what the front does not: it answers every exception, bodies are bounded where they
    are read, and the routes here are no functions with dependencies to be closed. They took 18 µs of each request.
    """

    gateway: Gateway

    def build_middleware_stack(self) -> ASGIApp:
        return Front(self.router, self.gateway)


def create_app(gateway: Gateway, lifespan: Lifespan | None = None) -> FastAPI:
    """`lifespan` opens and closes the gateway's sockets; tests in memory need none.

    Whoever stops the server calls `app.state.hub.close()` first, so that open streams end.
    """
    is_development = gateway.settings().is_development
    app = _App(
        title="Payment gateway",
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        # Its page runs a script from elsewhere, which must not share an origin with the checkout.
        docs_url="/docs" if is_development else None,
        redoc_url=None,
        # Asking for every request whether a tracer was set up costs more than looking up the route.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state = state_of(gateway)
    app.gateway = gateway
    pages = [*checkout_routes, *(demo_routes(gateway) if is_development else ())]
    app.router.routes[:0] = [*routes(is_development=is_development), *pages]
    app.openapi = partial(_written, is_development)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


@dataclass(frozen=True, slots=True)
class Shared:
    """What the routes of one application share. Starlette's State looks each name up in Python, ten times a request."""

    gateway: Gateway
    key_ring: KeyRing
    last_uses: LastUses
    limits: Limits
    hub: PaymentHub


def state_of(gateway: Gateway) -> Any:
    return Shared(gateway, KeyRing(), LastUses(gateway.key_uses), Limits(gateway), PaymentHub(gateway.uow))


@cache
def _written(is_development: bool) -> dict[str, Any]:
    return document(routes(is_development=is_development))


def routes(*, is_development: bool) -> list[Route]:
    modules = (*BY_FREQUENCY, development) if is_development else BY_FREQUENCY
    return [*(route for module in modules for route in module.routes.all), *operations.refunds.all]
