"""How a route reaches the gateway."""

from typing import Any

from starlette.requests import Request


def use(request: Request, name: str) -> Any:
    """What the container makes under that name: a use case, a port or the settings."""
    return getattr(request.scope["app"].state.gateway, name)()


def header(request: Request, name: bytes) -> str | None:
    """A header by its lower-case name. The front has read them into a dictionary, once per request."""
    value: bytes | None = request.scope["gateway.headers"].get(name)
    return None if value is None else value.decode("latin-1")
